import type { Clock } from "../../core/clock.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { HoldReason } from "../loop/intent.ts";
import type { View } from "../routers/view.ts";
import { applyTurn, readObserved } from "./apply-turn.ts";
import { type Assigned, assignAnew, assignBackends } from "./assign-backends.ts";
import { ruleEntries, runEntries, stickyEntries } from "./map-entries.ts";
import type { Duties } from "./duties.ts";
import type { Observed } from "./observed.ts";
import { type Step, isTurned, planTurn } from "./plan-turn.ts";
import type { Reloader } from "./reload.ts";
import type { RuntimeSocket } from "./runtime-socket.ts";
import type { Sections } from "./sections.ts";
import { type WrittenFiles, membersOf } from "./written-files.ts";

export interface ConvergeDeps {
  /** The service that calls. */
  readonly caller: string;
  readonly upstream: string;
  readonly sections: Sections;
  readonly marker: string;
  readonly socket: RuntimeSocket;
  readonly files: WrittenFiles;
  readonly reloader: Reloader;
  readonly clock: Clock;
}

export interface Goal {
  readonly view: View;
  readonly duties: Duties;
}

/** HAProxy goes by the goal: it was read back, and nothing differs. */
export interface Converged {
  readonly observed: Observed;
  readonly assigned: readonly Assigned[];
  /** What it took; none where HAProxy went by it already. */
  readonly steps: readonly Step[];
  /** What may be taken away, now that nobody is sent to it. */
  readonly rest: readonly Step[];
  /** HAProxy as it was before. */
  readonly before: Observed;
  /** Why it runs an older configuration, which goes by it all the same. */
  readonly outdated: string | undefined;
}

/** A turn, and another where something came in between. */
const MOST_TURNS = 3;
/** For a reload to have the new process answer at the socket. */
const RELOADED_MS = 10_000;
const LOOK_MS = 100;
const LOOK_BACK_MS = 20;

/**
 * Has HAProxy go by the goal, as far as it differs. What fails leaves requests going by what they went by. `last` is what
 * it was when it was read last, where nothing should have changed since: traffic then waits for the commands alone, and
 * reading tells afterwards whether that was all.
 */
export async function converge(goal: Goal, deps: ConvergeDeps, signal: AbortSignal, last?: Observed): Promise<Result<Converged, HoldReason>> {
  const taken: Step[] = last === undefined ? [] : [...(await turnFrom(last, goal, deps))];
  // Looking takes longer than the command did, and other routers of this host were told at the same moment: traffic goes first.
  if (taken.length > 0) await deps.clock.sleep(LOOK_BACK_MS, signal);
  const first = await readOrReload(goal.view, deps, signal);
  if (!first.ok) return first;
  const { outdated } = first.value;
  const before = taken.length === 0 ? first.value.before : (last ?? first.value.before);
  for (let turn = 0, observed = first.value.before; turn <= MOST_TURNS; turn += 1) {
    const assigned = assignBackends(goal.view, observed, deps.upstream);
    if (!assigned.ok) return err({ code: "haproxy-backends", message: assigned.fault });
    const steps = planTurn({ ...goal, observed, assigned: assigned.value, caller: deps.caller });
    if (isTurned(steps)) return ok({ observed, assigned: assigned.value, steps: taken, rest: steps, before, outdated });
    const applied = await applyTurn(steps, deps.socket, deps.sections);
    if (!applied.ok) return err({ code: "haproxy-refused", message: `${applied.fault}; requests go on as before` });
    taken.push(...steps);
    const seen = await readObserved(deps.socket, deps.sections, deps.marker);
    if (!seen.ok) return err(unreachable(seen.fault));
    if ("lacks" in seen.value) return err({ code: "haproxy-config", message: `HAProxy lost ${seen.value.lacks} meanwhile: it was reloaded with another configuration` });
    observed = seen.value;
  }
  return err({ code: "haproxy-drift", message: `HAProxy takes every command, and is another each time it is looked at: something else changes ${deps.sections.prefix} too` });
}

/** What was done. Nothing where HAProxy refused: it is another than it was, and has to be looked at first. */
async function turnFrom(observed: Observed, goal: Goal, { caller, sections, socket, upstream }: ConvergeDeps): Promise<readonly Step[]> {
  const assigned = assignBackends(goal.view, observed, upstream);
  const steps = assigned.ok ? planTurn({ ...goal, observed, assigned: assigned.value, caller }).filter(({ kind }) => kind !== "remove") : [];
  const applied = await applyTurn(steps, socket, sections);
  return applied.ok ? steps : [];
}

type Begun = Pick<Converged, "before" | "outdated">;

async function readOrReload(view: View, deps: ConvergeDeps, signal: AbortSignal): Promise<Result<Begun, HoldReason>> {
  const seen = await readObserved(deps.socket, deps.sections, deps.marker);
  const isWhole = seen.ok && !("lacks" in seen.value);
  if (isWhole && seen.value.isCurrent) return ok({ before: seen.value, outdated: undefined });
  const unwritten = isWhole ? await writeAsIs(seen.value, deps) : await writeAnew(view, deps);
  if (unwritten !== undefined) return err(unwritten);
  if (!seen.ok) return err(unreachable(seen.fault));
  const why = "lacks" in seen.value ? `HAProxy runs without ${seen.value.lacks}, which stands in ${deps.sections.config}` : `HAProxy runs an older ${deps.sections.config}`;
  const fault = (await deps.reloader.reload(why, signal)) ?? (await awaitReloaded(why, deps, signal));
  if (fault === undefined) return readOrReload(view, deps, signal);
  // What an older configuration can do is done.
  return isWhole ? ok({ before: seen.value, outdated: fault }) : err({ code: "haproxy-config", message: fault });
}

async function awaitReloaded(why: string, { clock, marker, sections, socket }: ConvergeDeps, signal: AbortSignal): Promise<string | undefined> {
  for (const begun = clock.monotonic(); !signal.aborted && clock.monotonic() - begun < RELOADED_MS; ) {
    const seen = await readObserved(socket, sections, marker);
    if (seen.ok && !("lacks" in seen.value) && seen.value.isCurrent) return undefined;
    await clock.sleep(LOOK_MS, signal);
  }
  return `${why}, and it goes on without although the reload command succeeded: see that HAProxy is started with that file`;
}

/** For an HAProxy that starts with what is written. */
async function writeAnew(view: View, { caller, files, sections }: ConvergeDeps): Promise<HoldReason | undefined> {
  const assigned = assignAnew(view, sections.backends);
  if (!assigned.ok) return { code: "haproxy-backends", message: assigned.fault };
  const maps = { runs: runEntries(view, assigned.value, 0), rules: ruleEntries(view, caller, 0), sticky: stickyEntries(view) };
  const { fault } = await files.keep(maps, membersOf(undefined, assigned.value));
  return fault === undefined ? undefined : { code: "haproxy-files", message: fault };
}

/** A new worker begins with what runs. */
async function writeAsIs(observed: Observed, { files }: ConvergeDeps): Promise<HoldReason | undefined> {
  const { fault } = await files.keep(observed.maps, membersOf(observed, []));
  return fault === undefined ? undefined : { code: "haproxy-files", message: fault };
}

function unreachable(fault: string): HoldReason {
  return { code: "haproxy-unreachable", message: `${fault}. If HAProxy runs, requests go on as before; started anew, it goes by what is written. See that it runs, with "stats socket ... level admin"` };
}
