/** One router that is a real HAProxy: it carries the requests, this process tells it where. */
import { resolve } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { HaproxyRouterSettings } from "../../core/config/router-settings.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import { type OutsideState, failTurn, outsideRouter } from "../routers/outside-router.ts";
import type { Router, RouterTold } from "../routers/router.ts";
import { type Tally, createTally } from "../proxy/tally.ts";
import { createWaiting } from "../proxy/waiting.ts";
import { type View, isSameSplit } from "../routers/view.ts";
import { applyTurn, readObserved } from "./apply-turn.ts";
import { type Claim, claimPart } from "./claim-part.ts";
import { type Converged, type ConvergeDeps, converge } from "./converge.ts";
import { type ServerJudge, judgeServers } from "./judge-servers.ts";
import type { Observed } from "./observed.ts";
import { createReloader } from "./reload.ts";
import { markerOf } from "./render-config.ts";
import { openRuntimeSocket } from "./runtime-socket.ts";
import { sectionsOf } from "./sections.ts";
import { describeUnnamed } from "./server-name.ts";
import { followAnswers } from "./server-tally.ts";
import { membersOf, writeFilesOf } from "./written-files.ts";

export interface HaproxyDeps {
  readonly clock: Clock;
  /** The service that calls. */
  readonly caller: string;
  /** Of the agent's file. */
  readonly folder: string;
}

/** How often it is looked whether HAProxy still is as it was set, and how often while something failed, or is on trial. */
const LOOK_EVERY_MS = 2_000;
const AGAIN_MS = 500;
/** How often it is looked at what is in flight. */
const DRAIN_LOOK_MS = 20;

export function openHaproxyRouter(settings: HaproxyRouterSettings, { caller, clock, folder }: HaproxyDeps): Result<Router, string> {
  const files = resolve(folder, settings.folder);
  // It is written into HAProxy's configuration.
  if (!/^[\w./+-]+$/.test(files)) return err(`routers: ${JSON.stringify(files)} can't be the folder of HAProxy's files: use A-Z, a-z, 0-9 and ". _ + - /"`);
  const sections = sectionsOf(settings, files);
  const deps: ConvergeDeps = {
    caller,
    upstream: settings.upstream,
    sections,
    marker: markerOf(settings, sections),
    socket: openRuntimeSocket(resolve(folder, settings.socket), clock),
    files: writeFilesOf(settings, sections),
    reloader: createReloader(settings, folder, clock),
    clock,
  };
  const claim = claimPart(sections, clock);
  const tally = createTally(["unknown"]);
  const state: State = { wanted: undefined, served: undefined, settled: undefined, fault: undefined, observed: undefined, outdated: undefined, finishing: Promise.resolve(), flag: createSignalFlag(), stirring: createWaiting(clock), count: followAnswers(tally), tally, judge: judgeServers(), claim, changed: new Set() };
  return ok({
    ...outsideRouter(state),
    settings,
    listen: `${settings.listen.host}:${settings.listen.port}`,
    tally,
    notes: () => [state.outdated, describeUnnamed(state.wanted?.places ?? [])].filter((note) => note !== undefined),
    leftOut: () => state.judge.leftOut(),
    follow(view) {
      state.wanted = view;
      state.judge.follow(view);
      state.flag.raise();
    },
    connections: () => state.observed?.connections ?? 0,
    inFlight: () => inFlightIn(state.observed, () => true),
    run: (signal, tell) => run(state, settings, deps, tell, signal),
  });
}

interface State extends OutsideState {
  observed: Observed | undefined;
  outdated: string | undefined;
  /** What turns have left to do, one after the other. */
  finishing: Promise<void>;
  readonly flag: ReturnType<typeof createSignalFlag>;
  readonly count: (observed: Observed) => void;
  readonly tally: Tally;
  readonly judge: ServerJudge;
  readonly claim: Claim;
  /** Servers that have another duty than HAProxy was told last. */
  changed: ReadonlySet<string>;
}

async function run(state: State, settings: HaproxyRouterSettings, deps: ConvergeDeps, tell: RouterTold, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const goal = state.wanted;
    if (goal !== undefined) await turn(goal, state, settings, deps, tell, signal);
    await state.flag.wait(signal, state.fault === undefined && !state.judge.isTrying() ? LOOK_EVERY_MS : AGAIN_MS);
    // Routes that turn don't wait for the disk; a look does.
    if (state.wanted === state.served) await state.finishing;
  }
  await state.finishing;
  await state.claim.giveBack();
}

async function turn(goal: View, state: State, settings: HaproxyRouterSettings, deps: ConvergeDeps, tell: RouterTold, signal: AbortSignal): Promise<void> {
  const last = lastOf(state, goal);
  // A turn of the routes doesn't wait for the disk: a moment ago it was still this agent's.
  const taken = last === undefined ? await state.claim.take() : undefined;
  if (taken !== undefined) return failTurn(state, { code: "haproxy-taken", message: taken }, "haproxy", tell);
  const done = await converge({ view: goal, duties: state.judge.duties() }, deps, signal, last);
  if (signal.aborted) return;
  if (!done.ok) {
    state.judge.lookAway();
    return failTurn(state, done.fault, "haproxy", tell);
  }
  const { observed, outdated, steps } = done.value;
  const isNews = state.served !== goal || state.fault !== undefined || state.outdated !== outdated;
  if (outdated !== undefined && outdated !== state.outdated) tell.warn("haproxy", outdated);
  const drift = state.served === goal ? describeDrift(steps, state.changed) : "";
  if (drift !== "") tell.warn("haproxy-drift", `HAProxy was another than it was set, and was put right: ${drift}`);
  if (!isSameSplit(state.served, goal)) {
    state.count(done.value.before);
    state.tally.begin();
  }
  state.count(observed);
  Object.assign(state, { served: goal, fault: undefined, observed, outdated });
  judge(observed, state, deps.clock, tell);
  if (isNews) tell.turned();
  state.stirring.turn();
  const drained = drain(goal, done.value, state, settings, deps, signal);
  state.finishing = state.finishing.then(() => finish(done.value, goal, drained, state, deps, tell));
}

/** Whoever is to be sent more or less than HAProxy was just told is so by the next turn, which follows at once. */
function judge(observed: Observed, state: State, clock: Clock, tell: RouterTold): void {
  const { changes, failures } = state.judge.look(observed, clock.monotonic());
  state.tally.unanswered("unknown", undefined, failures);
  state.changed = new Set(changes.map(({ server }) => server));
  const messages = changes.flatMap(({ message }) => message ?? []);
  for (const message of messages) tell.warn("haproxy-left-out", message);
  if (messages.length > 0) tell.turned();
  if (changes.length > 0) state.flag.raise();
}

/** What it was read as last, where a turn may start from that. */
function lastOf({ fault, observed, outdated, served }: State, goal: View): Observed | undefined {
  return served === goal || fault !== undefined || outdated !== undefined ? undefined : observed;
}

/** What has time until requests go by the view. */
async function finish({ assigned, before, observed, rest, steps }: Converged, goal: View, drained: Promise<void>, state: State, deps: ConvergeDeps, tell: RouterTold): Promise<void> {
  const written = [...(steps.length === 0 ? [] : [await deps.files.follow(steps, membersOf(before, assigned))]), await deps.files.keep(observed.maps, membersOf(observed, assigned))];
  for (const path of new Set(written.flatMap(({ edited }) => edited))) tell.warn("haproxy-file", `${path} was changed by something else, and was written anew: it is rollpin's`);
  const fault = written.find((each) => each.fault !== undefined)?.fault;
  if (fault !== undefined) tell.warn("haproxy-file", fault);
  await drained;
  // Otherwise what may go is another turn's to say.
  if (state.wanted === goal) await applyTurn(rest, deps.socket, deps.sections);
}

/** Until nothing is in flight at those that no request is sent to any more, seen twice: a request may be between map and server. */
async function drain(goal: View, { assigned }: Converged, state: State, { drain: limitMs }: HaproxyRouterSettings, { clock, marker, sections, socket }: ConvergeDeps, signal: AbortSignal): Promise<void> {
  if (state.settled === goal) return;
  const isLeft = (backend: string, server: string): boolean => assigned.find((one) => one.backend === backend)?.servers.includes(server) !== true;
  let idle = 0;
  for (const begun = clock.monotonic(); idle < 2 && clock.monotonic() - begun < limitMs && !signal.aborted && state.wanted === goal; ) {
    const seen = await readObserved(socket, sections, marker);
    if (!seen.ok || "lacks" in seen.value) break;
    idle = inFlightIn(seen.value, isLeft) === 0 ? idle + 1 : 0;
    if (idle < 2) await clock.sleep(idle === 1 ? 1 : DRAIN_LOOK_MS, signal);
  }
  if (state.wanted === goal) state.settled = goal;
  state.stirring.turn();
}

function inFlightIn(observed: Observed | undefined, counts: (backend: string, server: string) => boolean): number {
  return [...(observed?.backends ?? [])].reduce((sum, [backend, servers]) => sum + servers.reduce((of, { inFlight, name }) => of + (counts(backend, name) ? inFlight : 0), 0), 0);
}

/** What was done to servers whose duty changed is no drift. */
function describeDrift(steps: Converged["steps"], changed: ReadonlySet<string>): string {
  const isDrift = (command: string): boolean => ![...changed].some((server) => command.includes(`/${server} `));
  return steps.flatMap((step) => (step.kind === "map" ? [`the map of ${step.map}`] : step.commands.filter(isDrift))).join("; ");
}
