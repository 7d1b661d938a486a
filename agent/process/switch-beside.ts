import type { Change } from "../appliers/applier.ts";
import { type NotBeside, bringUpBeside } from "./bring-up-beside.ts";
import { endRemains } from "./end.ts";
import type { Holding, Step } from "./holding.ts";
import type { Live } from "./live.ts";
import { type ProcessRecord, patchEntry } from "./process-record.ts";
import type { Stage } from "./stage.ts";
import type { Supervision } from "./supervise.ts";
import { type Result, err } from "../../core/model/result.ts";

/** One may be leaving while the next candidate starts; with more than that a row of flips would pile up processes. */
const LEAVING_AT_MOST = 1;

/**
 * The new process comes up on a port of its own, then clients are told, then the record names it. The old one is
 * untouched until `settle`. On any fault what is held is what was held.
 */
export async function switchBeside(change: Change, version: string, holding: Holding, stage: Stage, signal: AbortSignal): Promise<Step> {
  const { ground, retirement } = stage;
  await retirement.atMost(LEAVING_AT_MOST, signal);
  const up = await bringUpBeside(change, version, ground, signal);
  if (!up.ok) return { holding, fault: await abandon(up.fault, stage) };
  const former = holding.kind === "held" ? holding.current : undefined;
  const shown = await show(up.value, former, stage, signal);
  if (!shown.ok) return { holding, fault: shown.fault };
  return { holding: { kind: "switched", live: up.value, former: former === undefined ? { kind: "nothing" } : { kind: "beside", supervision: former } } };
}

async function abandon({ kind, message, live, launch }: NotBeside, { ground, retirement }: Stage): Promise<Step["fault"]> {
  if (live === undefined) await endRemains(launch.token, launch.version, ground);
  else retirement.begin(live, "at-once");
  return { kind, message };
}

/**
 * Tells clients, then the record. From the moment that clients may know of it the new one leaves gently, also by the
 * hand of a later agent, and only when they know of the old one again: a call that failed may still have been heard.
 */
async function show(live: Live, former: Supervision | undefined, stage: Stage, signal: AbortSignal): Promise<Result<void, NonNullable<Step["fault"]>>> {
  const { announcer, record } = stage.ground;
  const { version, port, token } = live.launch;
  // Nothing else serves, so it serves whether or not Consul hears of it now: the agent may have started without Consul.
  if (former === undefined || former.standing().kind !== "running") {
    announcer.untilDone({ version, port });
    const promoted = await promote(token, former, record);
    return promoted.ok ? promoted : backOut(live, former, stage, { kind: "failed", message: promoted.fault });
  }
  await record.write(patchEntry(token, { role: "leaving" }));
  const told = await announcer.once({ version, port });
  if (!told.ok) {
    const { isPassing, message } = told.fault;
    return backOut(live, former, stage, { kind: isPassing ? "unannounced" : "failed", message: `version ${version} was ready, but could not be announced: ${message}; version ${former.launch().version} keeps running` });
  }
  if (signal.aborted) return backOut(live, former, stage, { kind: "superseded", message: `a newer target arrived when version ${version} had just been announced` });
  const promoted = await promote(token, former, record);
  return promoted.ok ? promoted : backOut(live, former, stage, { kind: "failed", message: promoted.fault });
}

/** One write: at no time is there no current process, or two. */
function promote(token: string, former: Supervision | undefined, record: ProcessRecord): Promise<Result<void, string>> {
  return record.write((entries) => patchEntry(token, { role: "current" })(former === undefined ? entries : patchEntry(former.launch().token, { role: "leaving" })(entries)));
}

async function backOut(live: Live, former: Supervision | undefined, { ground, retirement }: Stage, fault: NonNullable<Step["fault"]>): Promise<Result<void, NonNullable<Step["fault"]>>> {
  if (former !== undefined) {
    const { version, port, token } = former.launch();
    ground.announcer.untilDone({ version, port });
    await promote(token, undefined, ground.record);
  }
  await ground.record.write(patchEntry(live.launch.token, { role: "leaving" }));
  retirement.begin(live, former === undefined ? "at-once" : "when-clients-know");
  return err(fault);
}

/** Clients are told of the former one again before the new one goes. */
export async function switchBack(live: Live, former: Supervision, { ground, retirement }: Stage): Promise<Step> {
  const { version, port, token } = former.launch();
  await ground.record.write((entries) => patchEntry(token, { role: "current" })(patchEntry(live.launch.token, { role: "leaving" })(entries)));
  const told = await ground.announcer.once({ version, port });
  if (!told.ok) ground.announcer.untilDone({ version, port });
  retirement.begin(live, "when-clients-know");
  return { holding: { kind: "held", current: former } };
}

/** The former one is drained and stopped in the background; the new one is supervised. */
export async function leaveFormer(live: Live, former: Supervision, { ground, retirement, supervise }: Stage): Promise<Step> {
  const { token, version } = former.launch();
  const old = await former.end();
  if (old === undefined) await endRemains(token, version, ground);
  else retirement.begin(old, "when-clients-know");
  return { holding: { kind: "held", current: supervise(live.launch, live) } };
}
