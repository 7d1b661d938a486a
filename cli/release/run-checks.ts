import { parseReleaseChecks } from "../../core/config/parse-release-checks.ts";
import { renderConfigError } from "../../core/config/config-error.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type Failure, usage } from "../ending.ts";
import type { Session } from "../session.ts";
import type { ReleaseCheck } from "./determine-release-check.ts";
import { runCheck } from "./run-check.ts";

export interface ChecksToRun {
  readonly file: string;
  readonly service: string;
  readonly version: string;
  /** What the services that it requires are pinned to. */
  readonly pins: Readonly<Record<string, string>>;
}

/** Credentials for Consul are this command's alone. */
const CREDENTIALS: readonly string[] = ["CONSUL_HTTP_TOKEN", "CONSUL_HTTP_TOKEN_FILE", "CONSUL_HTTP_AUTH"];

/** The commands that a local file names, one after the other, all of them: each is a check by its name. */
export async function runChecks({ signal, world }: Session, { file, pins, service, version }: ChecksToRun): Promise<Result<readonly ReleaseCheck[], Failure>> {
  const text = await world.readFile(file);
  if (!text.ok) return err(usage(text.fault));
  const commands = parseReleaseChecks(text.value, file);
  if (!commands.ok) return err(usage(commands.fault.map(renderConfigError).join("\n")));
  const inherited = Object.fromEntries(Object.entries(world.env).filter(([name]) => !CREDENTIALS.includes(name)));
  const env = { ...inherited, ROLLPIN_SERVICE: service, ROLLPIN_VERSION: version, ROLLPIN_PINS: JSON.stringify(pins) };
  const checks: ReleaseCheck[] = [];
  for (const { command, name, timeout } of commands.value) {
    const end = await runCheck({ argv: command, timeoutMs: timeout, env, signal });
    if (end.kind === "interrupted") return err({ code: "interrupted", message: `stopped while ${name} ran; nothing was changed` });
    checks.push({ name: `run: ${name}`, service, ...(end.kind === "passed" ? { result: "passed", detail: command.join(" ") } : { result: "refused", detail: end.why }) });
  }
  return ok(checks);
}
