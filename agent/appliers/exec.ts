/** Runs a command of the agent's own file for each change, with the change in its environment and as JSON on its input. */
import { resolve } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { ExecSettings } from "../../core/config/agent-file.ts";
import { err, ok } from "../../core/model/result.ts";
import type { Log } from "../log.ts";
import type { Applied, Applier, ApplierFault, Change } from "./applier.ts";
import { environmentOf } from "./change-environment.ts";
import { type CommandFault, runCommand } from "./run-command.ts";

export interface ExecDependencies {
  /** Of the agent's file: relative paths are relative to it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Where the commands act for a whole service: asked before each of them, also one that takes something back, since this
   * agent may have been paused until another took over. A command then doesn't outlive its agent either.
   */
  readonly mayRun?: (() => Promise<boolean>) | undefined;
}

const NAME = "exec";
const NEVER = new AbortController().signal;

export function createExecApplier(settings: ExecSettings, dependencies: ExecDependencies): Applier {
  const { clock, log, mayRun } = dependencies;
  const folder = resolve(dependencies.folder, settings.directory ?? ".");
  const run = async (argv: readonly string[], change: Change, signal: AbortSignal): Promise<CommandFault | undefined> => {
    if (mayRun !== undefined && !(await mayRun())) return { kind: "aborted", message: `${argv[0] ?? ""} was not started: this agent can't show that it still leads` };
    const started = clock.monotonic();
    const ran = await runCommand(
      { argv, folder, timeoutMs: settings.timeout, environment: { ...settings.environment, ...environmentOf(change) }, input: `${JSON.stringify(change)}\n`, leashed: mayRun !== undefined },
      clock,
      signal,
    );
    log.info({ applier: NAME, program: argv[0], revision: change.revision, ms: Math.round(clock.monotonic() - started), ok: ran.ok }, "ran a command");
    return ran.ok ? undefined : ran.fault;
  };
  return {
    name: NAME,
    check: async () => ok(undefined),
    apply: async (change, signal) => {
      const fault = await run(settings.command, change, signal);
      return fault === undefined ? ok(undefined) : await putBack(settings, run, change, fault);
    },
    // Its exit code was its word; a command has no state that could be looked at again.
    verify: async () => ok(undefined),
    undo: async (change) => {
      if (settings.undo === undefined) return faulty("broken", `${settings.command[0]} can't be taken back: the exec applier has no "undo" in the agent's file; put back by hand what it did for revision ${change.revision}`);
      const fault = await run(settings.undo, turnedRound(change), NEVER);
      return fault === undefined ? ok(undefined) : faulty("broken", `undo: ${fault.message}`);
    },
    settle: async () => undefined,
    close: async () => undefined,
  };
}

/** A command that failed, was killed or superseded midway may have done half of its work: `undo`, where there is one, is told to take that back. */
async function putBack(settings: ExecSettings, run: (argv: readonly string[], change: Change, signal: AbortSignal) => Promise<CommandFault | undefined>, change: Change, fault: CommandFault): Promise<Applied> {
  const kind = fault.kind === "aborted" ? "superseded" : "failed";
  if (fault.kind === "spawn") return faulty("refused", fault.message);
  if (settings.undo === undefined) return faulty(kind, fault.message);
  const undone = await run(settings.undo, turnedRound(change), NEVER);
  return undone === undefined ? faulty(kind, fault.message) : faulty("broken", `${fault.message}; and undo failed: ${undone.message}`);
}

/** The change as an undo sees it: from what should have been to what was. */
function turnedRound(change: Change): Change {
  const nothing = { version: undefined, config: undefined, routes: undefined };
  return { ...change, from: change.to, to: change.from ?? nothing };
}

function faulty(kind: ApplierFault["kind"], message: string): Applied {
  return err({ applier: NAME, kind, message });
}
