/** Puts rendered content in its place: candidate, check, rename, reload; and everything as it was if one of them fails. */
import { rm } from "node:fs/promises";
import type { Clock } from "../../core/clock.ts";
import { fillIn } from "../../core/config/placeholders.ts";
import type { TemplateSettings } from "../../core/config/agent-file.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { ApplierFault } from "../appliers/applier.ts";
import { type CommandFault, runCommand } from "../appliers/run-command.ts";
import type { PendingReload } from "./pending-reload.ts";
import { type TargetFile, proposeContent, putBack, readTarget, replaceTarget } from "./target-file.ts";

export interface Installer {
  /** Undefined where the content was there already; else the file as it was before. */
  install(content: string, environment: Environment, signal: AbortSignal): Promise<Result<TargetFile | undefined, InstallFault>>;
  /** Puts a former file back, and reloads. */
  restore(file: TargetFile, environment: Environment): Promise<Result<void, string>>;
  /** Has content that was checked lie there for whoever starts anew, although nobody can be told: that is made up for by the next install. */
  leave(content: string): Promise<Result<void, string>>;
}

type Environment = Readonly<Record<string, string>>;
export type InstallFault = Pick<ApplierFault, "kind" | "message">;

export interface InstallDependencies {
  readonly folder: string;
  readonly target: string;
  readonly clock: Clock;
  readonly pending: PendingReload;
}

const NEVER = new AbortController().signal;

export function createInstaller(settings: Pick<TemplateSettings, "check" | "reload" | "timeout">, dependencies: InstallDependencies): Installer {
  const { clock, folder, pending, target } = dependencies;

  const run = async (argv: readonly string[] | undefined, environment: Environment, signal: AbortSignal): Promise<CommandFault | undefined> => {
    if (argv === undefined) return undefined;
    const ran = await runCommand({ argv, folder, timeoutMs: settings.timeout, environment }, clock, signal);
    return ran.ok ? undefined : ran.fault;
  };

  /** What the reload command has not confirmed is remembered on disk, so that an agent that is killed in between reloads when it is back. */
  const reload = async (environment: Environment, signal: AbortSignal): Promise<CommandFault | undefined> => {
    const fault = await run(settings.reload, environment, signal);
    if (fault === undefined) await pending.clear();
    return fault;
  };

  const restore = async (file: TargetFile, environment: Environment): Promise<Result<void, string>> => {
    // Putting back goes on without the note: only an agent that is killed in the middle would miss it.
    await pending.set();
    const back = await putBack(file);
    if (!back.ok) return back;
    const fault = await reload(environment, NEVER);
    return fault === undefined ? ok(undefined) : err(`the old file is back, but reload: ${fault.message}`);
  };

  const takeBack = async (file: TargetFile, environment: Environment, fault: CommandFault): Promise<InstallFault> => {
    const restored = await restore(file, environment);
    if (restored.ok) return { kind: fault.kind === "aborted" ? "superseded" : "failed", message: `${target}: reload: ${fault.message}; the old file is back` };
    return { kind: "broken", message: `${target}: reload: ${fault.message}; and it could not be put back: ${restored.fault}` };
  };

  const checked = async (candidate: string, environment: Environment, signal: AbortSignal): Promise<InstallFault | undefined> => {
    const fault = await run(settings.check?.map((part) => fillIn(part, { candidate })), environment, signal);
    if (fault === undefined) return undefined;
    await rm(candidate, { force: true }).catch(() => undefined);
    return { kind: fault.kind === "aborted" ? "superseded" : "refused", message: `${target}: the check command does not accept the new file: ${fault.message}` };
  };

  const install: Installer["install"] = async (content, environment, signal) => {
    const read = await readTarget(target);
    if (!read.ok) return refused(read.fault);
    const before = read.value;
    if (before.content?.equals(Buffer.from(content)) === true && !(await pending.isSet())) return ok(undefined);
    const candidate = await proposeContent(before, content);
    if (!candidate.ok) return unwritable(candidate.fault);
    const unaccepted = await checked(candidate.value, environment, signal);
    if (unaccepted !== undefined) return err(unaccepted);
    const noted = await pending.set();
    if (!noted.ok) {
      await rm(candidate.value, { force: true }).catch(() => undefined);
      return unwritable(noted.fault);
    }
    const replaced = await replaceTarget(before, candidate.value);
    if (!replaced.ok) return unwritable(replaced.fault);
    const fault = await reload(environment, signal);
    return fault === undefined ? ok(before) : err(await takeBack(before, environment, fault));
  };

  const leave: Installer["leave"] = async (content) => {
    await pending.set();
    const read = await readTarget(target);
    if (!read.ok) return read;
    const candidate = await proposeContent(read.value, content);
    return candidate.ok ? await replaceTarget(read.value, candidate.value) : candidate;
  };

  return { install, leave, restore };
}

function unwritable(message: string): Result<never, InstallFault> {
  return err({ kind: "unwritable", message });
}

function refused(message: string): Result<never, InstallFault> {
  return err({ kind: "refused", message });
}
