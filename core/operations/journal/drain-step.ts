/** A step that waits until nothing is sent any more to what can't read the data: agents see to that by the mark, and routers follow. */
import type { Clock } from "../../clock.ts";
import { describeDrain } from "../../decide/operation/drain-steps.ts";
import { type Shown, type StillOn, describeStillOn, determineStillOn } from "../../decide/operation/still-on.ts";
import { type StoreFault, describeStoreFault } from "../../model/fault.ts";
import type { DrainStep } from "../../model/operation.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { instancesFolder, routersFolder } from "../../store/keys.ts";
import type { Store } from "../../store/port.ts";
import type { ApplyFault } from "../apply-fault.ts";
import { readInstances, readRouters } from "../read-records.ts";
import { NOTHING_MORE, type StepEnd, type StepRun, type StepRunner } from "./step-runner.ts";

export interface DrainProgress {
  readonly step: DrainStep;
  readonly left: StillOn;
}

export interface DrainStepDeps {
  readonly clock: Clock;
  /** Told when something of it changed. */
  readonly onDrain?: ((progress: DrainProgress) => void) | undefined;
  /** How long it waits while nothing moves, milliseconds. */
  readonly drainLimitMs?: number | undefined;
}

/** Between two looks, while a person waits. */
const LOOK_EVERY_MS = 250;
/** Longer than what is in flight at an agent's port is waited for unless its file says otherwise (`drainLimit`). */
const LIMIT_MS = 40_000;

export function drainStep(deps: DrainStepDeps): StepRunner<DrainStep> {
  return {
    // A person has looked, and goes on with those that still take traffic.
    forward: (step, run) => (run.override ? Promise.resolve(ok(NOTHING_MORE)) : follow(deps, step, run)),
    // The mark goes, and with it what keeps them back.
    back: () => Promise.resolve(ok(NOTHING_MORE)),
  };
}

async function follow({ clock, drainLimitMs = LIMIT_MS, onDrain }: DrainStepDeps, step: DrainStep, run: StepRun): Promise<Result<StepEnd, ApplyFault>> {
  let seen = "";
  let movedAt = clock.monotonic();
  for (;;) {
    const look = await lookAtTraffic(run.store, step);
    const left = look.ok ? describeStillOn(look.value) : undefined;
    if (look.ok && JSON.stringify(look.value) !== seen) {
      seen = JSON.stringify(look.value);
      movedAt = clock.monotonic();
      onDrain?.({ step, left: look.value });
    }
    if (look.ok && left === undefined) return ok(NOTHING_MORE);
    const why = look.ok ? `requests are still sent to ${left}` : describeStoreFault(look.fault);
    if (run.signal.aborted) return unfinished(run, `it was interrupted while ${describeDrain(step)} was waited for: ${why}`);
    if (clock.monotonic() - movedAt >= drainLimitMs) return unfinished(run, `${describeDrain(step)}: ${why}, and nothing has moved for ${Math.round(drainLimitMs / 1000)} s; look at the agents there (is one gone, or older than this rollpin?), or go on as it is by "rollpin operation resume ${run.record.id} --override"`);
    await clock.sleep(LOOK_EVERY_MS, run.signal);
  }
}

function unfinished({ record }: StepRun, message: string): Result<never, ApplyFault> {
  return err({ kind: "unfinished", operation: record.id, message });
}

async function lookAtTraffic(store: Store, step: DrainStep): Promise<Result<StillOn, StoreFault>> {
  const { service } = step;
  const [listed, routers] = await Promise.all([store.list(instancesFolder(service), CONSISTENT), store.list(routersFolder(service), CONSISTENT)]);
  if (!listed.ok) return listed;
  if (!routers.ok) return routers;
  const instances = readInstances(listed.value.entries).good;
  const names = new Set([service, ...instances.flatMap(({ record }) => record.traffic?.catalog ?? [])]);
  const shown: Shown[] = [];
  for (const name of names) {
    // Those that routers go by, and those that Consul shows to whoever asks: neither has all of the other.
    const [known, found] = await Promise.all([store.catalog.instances(name, CONSISTENT), store.catalog.healthy(name, CONSISTENT)]);
    if (!known.ok) return known;
    if (!found.ok) return found;
    shown.push(...known.value.endpoints, ...found.value.endpoints.map((one) => ({ ...one, passing: true })));
  }
  return ok(determineStillOn(step, { shown, instances, routers: readRouters(routers.value.entries).good }));
}

const CONSISTENT = { consistency: "consistent" } as const;
