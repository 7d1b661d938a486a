import { type Result, err, ok } from "../../core/model/result.ts";
import type { Ground } from "./ground.ts";
import { HAS_PROC } from "./kernel-facts.ts";
import type { Launch } from "./launch.ts";
import { type Live, describeExit } from "./live.ts";
import { outputPath, readLastLines } from "./output.ts";
import { isPortFree } from "./port.ts";
import { type Entry, patchEntry, withEntry } from "./process-record.ts";
import { type NotReady, waitReady, waitSettled } from "./ready.ts";
import { startProcess } from "./start.ts";

/** What didn't come up. `live` is what was started; ending it is the caller's business, who knows how fast it must go. */
export interface NotUp {
  readonly kind: "failed" | "superseded";
  readonly message: string;
  readonly live: Live | undefined;
}

export interface BringUp {
  readonly role: Entry["role"];
  /** Must live on for so long once it is ready: asked of what is new, not of what is put back. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
  readonly onStarted?: (live: Live) => void;
}

/** Starts, waits until ready, and until it has settled. The intent is on disk before anything starts. */
export async function bringUp(launch: Launch, ground: Ground, { role, settleMs, signal, onStarted }: BringUp): Promise<Result<Live, NotUp>> {
  const { clock, log, settings } = ground.deps;
  if (signal.aborted) return err({ kind: "superseded", message: "a newer target arrived before the start", live: undefined });
  // Where the kernel won't say later whose the socket is, the port must at least be nobody's now.
  if (!HAS_PROC && launch.port !== undefined && !(await isPortFree(launch.port))) return err({ kind: "failed", message: `nothing was started: port ${launch.port} is in use`, live: undefined });
  const startedAt = clock.monotonic();
  const intent = await ground.record.write(withEntry({ ...launch, role, pid: undefined, startTime: undefined, ready: false }));
  if (!intent.ok) return err({ kind: "failed", message: `nothing was started: ${intent.fault}`, live: undefined });
  const started = await startProcess(launch, ground);
  if (!started.ok) return err({ kind: "failed", message: started.fault, live: undefined });
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
  if (fault.kind === "superseded") return { kind: "superseded", message: `a newer target arrived ${after} into the start of ${name}`, live };
  const printed = describeLines(await readLastLines(outputPath(ground.folder, live.launch)));
  if (fault.kind === "exited") return { kind: "failed", message: `${name} ${describeExit(live.exit() ?? {})} ${when}, after ${after}; ${printed}`, live };
  return { kind: "failed", message: `${name} was not ready within ${after}: ${fault.why}; ${printed}`, live };
}

export function describeLines(lines: string): string {
  return lines === "" ? "it printed nothing" : `its last lines:\n${lines}`;
}
