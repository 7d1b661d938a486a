import type { Change } from "../appliers/applier.ts";
import { bringUp, noteIntent } from "./bring-up.ts";
import { writeConfig } from "./config-file.ts";
import { endCandidate, endProcess, endRemains, stopAsSet } from "./end.ts";
import type { Holding, Step } from "./holding.ts";
import { type Launch, planLaunch } from "./launch.ts";
import type { Live } from "./live.ts";
import { type ProcessRecord, patchEntry } from "./process-record.ts";
import type { Stage } from "./stage.ts";
import type { Standing, Supervision } from "./supervise.ts";

type Fault = NonNullable<Step["fault"]>;

/**
 * Both can't run at once: the old one stops, the new one starts, and if it doesn't come up the old one starts again.
 * The record names the old one as current until the new one is ready, so that a later agent starts it if this one dies.
 */
export async function switchInPlace(change: Change, version: string, holding: Holding, stage: Stage, port: number | undefined, signal: AbortSignal): Promise<Step> {
  const { ground } = stage;
  const launch = planLaunch(change, version, port);
  const config = await writeConfig(ground.folder, launch.token, change.to.config);
  if (!config.ok) return { holding, fault: { kind: "unwritable", message: config.fault } };
  // Before what serves is stopped: a disk that takes nothing is no reason to.
  const noted = await noteIntent(launch, "candidate", ground);
  if (!noted.ok) {
    await endRemains(launch.token, version, ground);
    return { holding, fault: { kind: "unwritable", message: `nothing was started or stopped: ${noted.fault}` } };
  }
  const former = holding.kind === "held" ? holding.current : undefined;
  const was = former?.standing();
  const old = await former?.end();
  if (old !== undefined) await stopAsSet(old, ground);
  const up = await bringUp(launch, ground, { role: "candidate", intent: "done", settleMs: ground.deps.settings.settle, signal });
  if (!up.ok) {
    await endCandidate(up.fault.live, launch, ground);
    return restore(former, was, stage, up.fault);
  }
  const promoted = await promote(launch, former, ground.record);
  if (!promoted.ok) {
    await endProcess(up.value, ground);
    return restore(former, was, stage, { kind: "failed", message: promoted.fault });
  }
  ground.announcer.untilDone({ version, port: launch.port });
  return { holding: { kind: "switched", live: up.value, former: former === undefined ? { kind: "nothing" } : { kind: "stopped", launch: former.launch() } } };
}

/** One write: at no time is there no current process, or two. */
function promote(launch: Launch, former: Supervision | undefined, record: ProcessRecord): ReturnType<ProcessRecord["write"]> {
  return record.write((entries) => patchEntry(launch.token, { role: "current" })(former === undefined ? entries : patchEntry(former.launch().token, { role: "leaving" })(entries)));
}

async function restore(former: Supervision | undefined, was: Standing | undefined, stage: Stage, { kind, message }: Fault): Promise<Step> {
  if (former === undefined) return { holding: { kind: "none" }, fault: { kind, message } };
  // It had given up before: it is put back as it was.
  if (was?.kind === "stalled") return { holding: { kind: "held", current: former }, fault: { kind, message } };
  return startAgain(former.launch(), stage, { kind, message });
}

/** Brings the former one back. What can't be brought back now is tried again as after a crash, and a person is told. */
async function startAgain(launch: Launch, { ground, supervise }: Stage, fault: Fault | undefined): Promise<Step> {
  const up = await bringUp(launch, ground, { role: "current", intent: "may", settleMs: 0, signal: NEVER });
  if (up.ok) return { holding: { kind: "held", current: supervise(launch, up.value) }, fault: fault === undefined ? undefined : { ...fault, message: `${fault.message}\nversion ${launch.version} runs again` } };
  if (up.fault.live !== undefined) await stopAsSet(up.fault.live, ground);
  const message = `version ${launch.version} could not be started again and is being retried: ${up.fault.message}`;
  return { holding: { kind: "held", current: supervise(launch, undefined) }, fault: { kind: "broken", message: fault === undefined ? message : `${fault.message}\nand ${message}` } };
}

/** Putting back is never interrupted. */
const NEVER = new AbortController().signal;

/** Stops the new one and starts the former one again. */
export async function exchangeBack(live: Live, former: Launch, stage: Stage): Promise<Step> {
  const { ground } = stage;
  await stopAsSet(live, ground);
  await ground.record.write((entries) => patchEntry(former.token, { role: "current" })(patchEntry(live.launch.token, { role: "candidate" })(entries)));
  await endProcess(live, ground);
  const step = await startAgain(former, stage, undefined);
  ground.announcer.untilDone({ version: former.version, port: former.port });
  return step;
}
