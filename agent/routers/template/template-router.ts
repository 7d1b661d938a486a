/** One router that reads a file: what the routes come to is rendered into it, and the router told to read it anew. */
import { resolve } from "node:path";
import type { Clock } from "../../../core/clock.ts";
import type { TemplateRouterSettings } from "../../../core/config/router-settings.ts";
import { runCommand } from "../../appliers/run-command.ts";
import { createSignalFlag } from "../../loop/signal-flag.ts";
import { firstOf } from "../../process/first-signal.ts";
import { createTally } from "../../proxy/tally.ts";
import { createWaiting } from "../../proxy/waiting.ts";
import { createInstaller } from "../../template/install.ts";
import { createPendingReload } from "../../template/pending-reload.ts";
import { type Burst, noteChange, remaining } from "../../template/quiescence.ts";
import { createRenderer } from "../../template/render.ts";
import { type OutsideState, failTurn, outsideRouter } from "../outside-router.ts";
import type { Router, RouterTold } from "../router.ts";
import { type View, isSameSplit } from "../view.ts";
import { authorityOf } from "../../../core/model/authority.ts";
import { type AnswerCounter, countAnswers } from "./count-answers.ts";
import { followLog } from "./follow-log.ts";
import { type Placed, type PlaceDeps, environmentOf, placeRoutes } from "./place-routes.ts";

export interface TemplateRouterDeps {
  readonly clock: Clock;
  /** The service that calls. */
  readonly caller: string;
  /** Of the agent's file. */
  readonly folder: string;
  readonly stateFolder: string;
}

/** How often it is looked whether the file still is what the template gives: somebody may have changed either. */
const LOOK_EVERY_MS = 10_000;
/** What failed is tried again after the first, then after twice as long, and so on up to the second. */
const AGAIN_MS = 2_000;
const LONGEST_AGAIN_MS = 60_000;

export function openTemplateRouter(settings: TemplateRouterSettings, { caller, clock, folder, stateFolder }: TemplateRouterDeps): Router {
  const target = resolve(folder, settings.target);
  const listen = settings.listen === undefined ? undefined : authorityOf(settings.listen.host, settings.listen.port);
  const log = settings.log === undefined ? undefined : resolve(folder, settings.log);
  const tally = createTally();
  const deps: PlaceDeps = {
    facts: { upstream: settings.upstream, caller, listen, log },
    target,
    renderer: createRenderer(resolve(folder, settings.source)),
    installer: createInstaller(settings, { folder, target, clock, pending: createPendingReload(stateFolder, target) }),
  };
  const state: State = { wanted: undefined, served: undefined, settled: undefined, fault: undefined, placed: undefined, burst: undefined, isUrgent: false, again: AGAIN_MS, flag: createSignalFlag(), stirring: createWaiting(clock), answers: countAnswers(log === undefined ? undefined : followLog(log), tally), begin: () => tally.begin(), overtake: () => undefined };
  return {
    ...outsideRouter(state),
    settings,
    listen,
    tally,
    notes: () => [],
    follow: (view) => take(view, state, clock),
    connections: () => 0,
    inFlight: () => 0,
    run: (signal, tell) => run(state, deps, { settings, clock, folder }, tell, signal),
  };
}

interface State extends OutsideState {
  placed: Placed | undefined;
  /** Instances that came and went, and aren't in the file. */
  burst: Burst | undefined;
  /** What is desired has changed: that waits for nothing. */
  isUrgent: boolean;
  /** After which failure is tried again, in milliseconds. */
  again: number;
  readonly flag: ReturnType<typeof createSignalFlag>;
  readonly answers: AnswerCounter;
  /** Another split counts from here on. */
  readonly begin: () => void;
  /** Ends the wait for what still goes by a file before. */
  overtake: () => void;
}

interface Means {
  readonly settings: TemplateRouterSettings;
  readonly clock: Clock;
  readonly folder: string;
}

function take(view: View, state: State, clock: Clock): void {
  if (state.wanted?.digest !== view.digest || state.wanted.revision !== view.revision) state.isUrgent = true;
  state.burst = noteChange(state.burst, clock.monotonic());
  state.wanted = view;
  state.again = AGAIN_MS;
  if (state.isUrgent) state.overtake();
  state.flag.raise();
}

async function run(state: State, deps: PlaceDeps, means: Means, tell: RouterTold, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const wait = state.isUrgent || state.burst === undefined ? 0 : remaining(state.burst, means.settings.quiescence, means.clock.monotonic());
    if (wait > 0) {
      await state.flag.wait(signal, wait);
      continue;
    }
    const goal = state.wanted;
    if (goal !== undefined) await turn(goal, state, deps, means, tell, signal);
    await state.answers.count();
    await state.flag.wait(signal, state.fault === undefined ? LOOK_EVERY_MS : state.again);
  }
}

async function turn(goal: View, state: State, deps: PlaceDeps, means: Means, tell: RouterTold, signal: AbortSignal): Promise<void> {
  Object.assign(state, { isUrgent: false, burst: undefined });
  const done = await placeRoutes(goal, state.placed, deps, signal);
  if (signal.aborted) return;
  if (!done.ok) {
    state.again = state.fault === undefined ? AGAIN_MS : Math.min(LONGEST_AGAIN_MS, state.again * 2);
    return failTurn(state, done.fault, "router-file", tell);
  }
  if (done.value.drift !== undefined) tell.warn("router-file", done.value.drift);
  const isNews = state.served !== goal || state.fault !== undefined;
  if (state.served !== goal) await beginTo(goal, state);
  Object.assign(state, { served: goal, fault: undefined, placed: done.value });
  if (isNews) tell.turned();
  state.stirring.turn();
  if (state.settled === goal) return;
  if (done.value.isNew) await drain(goal, state, means, tell, signal);
  if (!state.isUrgent) state.settled = goal;
  state.stirring.turn();
}

async function beginTo(goal: View, state: State): Promise<void> {
  // What was answered until here is the former split's.
  await state.answers.count();
  state.answers.turn(goal);
  if (!isSameSplit(state.served, goal)) state.begin();
}

/** As the user's command says; without one nobody knows, and there is nothing to wait for. */
async function drain(goal: View, state: State, { clock, folder, settings }: Means, tell: RouterTold, signal: AbortSignal): Promise<void> {
  if (settings.drained === undefined || state.isUrgent) return;
  const own = firstOf(signal);
  state.overtake = own.fire;
  const ran = await runCommand({ argv: settings.drained, folder, timeoutMs: settings.drain, environment: environmentOf(settings.upstream, goal) }, clock, own.signal);
  state.overtake = () => undefined;
  own.release();
  // Out of time is what the limit is for.
  if (!ran.ok && ran.fault.kind !== "aborted" && ran.fault.kind !== "timeout") tell.warn("router-drained", `what still goes by routes before these isn't known: ${ran.fault.message}`);
}
