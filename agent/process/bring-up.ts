import { isPortFree } from "../../core/free-ports.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { Ground } from "./ground.ts";
import { HAS_PROC } from "./kernel-facts.ts";
import type { Launch } from "./launch.ts";
import { type Live, describeExit } from "./live.ts";
import { lastOutput } from "./last-output.ts";
import { findPortOwner } from "./port-owner.ts";
import { type Entry, patchEntry, withEntry } from "./process-record.ts";
import { type NotReady, waitReady, waitSettled } from "./ready.ts";
import { startProcess } from "./start.ts";

/** What didn't come up. `live` is what was started; ending it is the caller's business, who knows how fast it must go. */
export interface NotUp {
  readonly kind: "failed" | "superseded" | "unwritable";
  readonly message: string;
  readonly live: Live | undefined;
  /** Somebody else has the port that was chosen for it. */
  readonly isPortTaken: boolean;
}

export interface BringUp {
  readonly role: Entry["role"];
  /**
   * The entry without a pid (`noteIntent`). `must`: of what is new, it is on disk before anything starts. `done`: the caller
   * wrote it. `may`: what served before, and has its entry from then, is started again though the disk takes nothing.
   */
  readonly intent: "must" | "done" | "may";
  /** Must live on for so long once it is ready: asked of what is new, not of what is put back. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
  readonly onStarted?: (live: Live) => void;
}

/** On disk before the process is started, so that an agent that is killed in between leaves a token to find it by. */
export function noteIntent(launch: Launch, role: Entry["role"], { record }: Ground): Promise<Result<void, string>> {
  return record.write(withEntry({ ...launch, role, pid: undefined, startTime: undefined, ready: false }));
}

/** Starts, waits until ready, and until it has settled. */
export async function bringUp(launch: Launch, ground: Ground, { role, intent, settleMs, signal, onStarted }: BringUp): Promise<Result<Live, NotUp>> {
  const { clock, log, settings } = ground.deps;
  if (signal.aborted) return err({ kind: "superseded", message: "a newer target arrived before the start", live: undefined, isPortTaken: false });
  // Where the kernel won't say later whose the socket is, the port must at least be nobody's now.
  if (!HAS_PROC && launch.port !== undefined && !(await isPortFree(launch.port))) return err({ kind: "failed", message: `nothing was started: port ${launch.port} is in use`, live: undefined, isPortTaken: true });
  const startedAt = clock.monotonic();
  const noted = intent === "done" ? ok(undefined) : await noteIntent(launch, role, ground);
  if (!noted.ok && intent !== "may") return err({ kind: "unwritable", message: `nothing was started: ${noted.fault}`, live: undefined, isPortTaken: false });
  const started = await startProcess(launch, ground, intent === "may");
  if (!started.ok) return err({ kind: "failed", message: started.fault, live: undefined, isPortTaken: false });
  const live = started.value;
  onStarted?.(live);
  const ready = await waitReady(live, ground, settings.readyTimeout, signal);
  if (!ready.ok) return err(await explain(live, ready.fault, "before it was ready", ground, startedAt));
  log({ event: "ready", version: launch.version, pid: live.pid, port: launch.port, afterMs: Math.round(clock.monotonic() - startedAt) });
  const settled = await waitSettled(live, ground, settleMs, signal);
  if (!settled.ok) return err(await explain(live, settled.fault, "after it was ready", ground, startedAt));
  await ground.record.write(patchEntry(launch.token, { ready: true }));
  return ok(live);
}

async function explain(live: Live, fault: NotReady, when: string, ground: Ground, startedAt: number): Promise<NotUp> {
  const { clock, service } = ground.deps;
  const name = `version ${live.launch.version} of ${service}`;
  const after = `${((clock.monotonic() - startedAt) / 1000).toFixed(1)} s`;
  if (fault.kind === "superseded") return { kind: "superseded", message: `a newer target arrived ${after} into the start of ${name}`, live, isPortTaken: false };
  const lines = await lastOutput(live.launch, ground);
  const printed = describeLines(lines);
  const isPortTaken = (fault.kind === "exited" && IN_USE.test(lines)) || (await isTakenByOthers(live));
  if (fault.kind === "exited") return { kind: "failed", message: `${name} ${describeExit(live.exit() ?? {})} ${when}, after ${after}; ${printed}`, live, isPortTaken };
  return { kind: "failed", message: `${name} was not ready within ${after}: ${fault.why}; ${printed}`, live, isPortTaken };
}

/** strerror(3) of EADDRINUSE, which nearly every runtime prints. Who had the port may have let go of it by now. */
const IN_USE = /EADDRINUSE|address already in use/i;

async function isTakenByOthers({ launch: { port, token }, pid }: Live): Promise<boolean> {
  if (port === undefined) return false;
  const { kind } = await findPortOwner(port, pid, token);
  // Nobody listens, and yet it can't be had: an outgoing connection has it.
  return kind === "stranger" || (kind === "nobody" && !(await isPortFree(port)));
}

export function describeLines(lines: string): string {
  return lines === "" ? "it printed nothing" : `its last lines:\n${lines}`;
}
