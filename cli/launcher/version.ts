/** Which Consul a binary is, by running it: also the proof that it runs here. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type ConsulVersion, parseConsulVersion } from "./server-config.ts";

const known = new Map<string, ConsulVersion>();

export async function versionOf(binary: string): Promise<Result<ConsulVersion, string>> {
  const before = known.get(binary);
  if (before !== undefined) return ok(before);
  const ran = await promisify(execFile)(binary, ["version"], { timeout: 10_000 }).then(({ stdout }) => ok(stdout), err);
  if (!ran.ok) return err(`${binary} does not run: ${reasonOf(ran.fault)}`);
  const version = parseConsulVersion(ran.value);
  if (version === undefined) return err(`${binary} is not Consul: \`${binary} version\` printed ${JSON.stringify(ran.value.slice(0, 100))}`);
  known.set(binary, version);
  return ok(version);
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split("\n")[0] ?? cause.message) : String(cause);
}
