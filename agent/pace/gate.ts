import { type Clock, type Moment, momentOf, mostSince } from "../../core/clock.ts";
import type { SlotEnding } from "../../core/decide/pace/next-state.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import type { Store } from "../../core/store/port.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import { type Admission, type Asked, describeWaiting } from "./admission.ts";
import { pauseBeforeAsking } from "./ask-again.ts";
import type { Pacing } from "./pacing.ts";

export interface GateDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly service: string;
  readonly instance: string;
  readonly sessionTtl: number;
  /** Of this agent, while Consul is known to have it. */
  readonly session: () => string | undefined;
  /** An agent's former life had this session, so that it may have left a slot behind. */
  readonly hadSession: boolean;
  /** The loop should look again. */
  readonly onChange: () => void;
}

/** Lets changes through, as many at once in the fleet as the service's pace says. Asks Consul only while a change waits or has its turn. */
export interface PaceGate {
  /** Whether the change may begin; from then on its turn is asked for. */
  admit(pacing: Pacing): Admission;
  /** Nothing waits (any more); a turn that was had has ended so. */
  end(pacing: Pacing | undefined, ending: SlotEnding): void;
  /** Whether the turn that was had is still this agent's, as far as it knows. */
  holds(): boolean;
  /** A session is there, or it is gone. */
  sessionChanged(): void;
  run(signal: AbortSignal): Promise<void>;
}

interface Held {
  readonly move: number;
  readonly session: string;
  /** Before Consul was asked. */
  readonly surelyAt: Moment;
}

interface GateState {
  wanted: Pacing | undefined;
  held: Held | undefined;
  /** What Consul said about the wanted move, and how often in a row. */
  asked: { readonly move: number; readonly said: Asked; readonly times: number } | undefined;
  /** To be told to Consul: how a turn ended. */
  ended: { readonly move: number; readonly ending: SlotEnding } | undefined;
  /** What was told last. */
  told: { readonly move: number; readonly kind: SlotEnding["kind"] } | undefined;
  /** A former life may have left a slot. */
  mayHaveLeft: boolean;
}

export function createPaceGate(deps: GateDeps): PaceGate {
  const flag = createSignalFlag();
  const state: GateState = { wanted: undefined, held: undefined, asked: undefined, ended: undefined, told: undefined, mayHaveLeft: deps.hadSession };
  return {
    admit(pacing) {
      const isNews = state.wanted === undefined || state.wanted.move.revision !== pacing.move.revision || state.wanted.text !== pacing.text;
      state.wanted = pacing;
      if (isSure(deps, state)) return { kind: "granted" };
      if (isNews || state.held?.move === pacing.move.revision) flag.raise();
      return describeWaiting(deps.service, pacing, state.asked?.move === pacing.move.revision ? state.asked.said : undefined);
    },
    end(pacing, outcome) {
      state.wanted = undefined;
      const move = state.held?.move ?? pacing?.move.revision;
      // What became of another move says nothing about the one that the turn was for.
      const ending: SlotEnding = pacing?.move.revision === move ? outcome : { kind: "dropped" };
      if (move === undefined || !isWorthTelling(state, pacing, move, ending)) return;
      state.ended = { move, ending };
      flag.raise();
    },
    holds: () => state.held !== undefined && state.held.session === deps.session(),
    sessionChanged() {
      if (state.held !== undefined && state.held.session !== deps.session()) {
        state.held = undefined;
        deps.onChange();
      }
      flag.raise();
    },
    async run(signal) {
      while (!signal.aborted) {
        const pause = await turn(deps, state, signal);
        await flag.wait(signal, pause);
      }
    },
  };
}

/** A turn is believed for half of a session's time to live: an agent that was paused longer, or its machine, asks before it acts. */
function isSure({ clock, session, sessionTtl }: GateDeps, { held, wanted }: GateState): boolean {
  if (held === undefined || held.move !== wanted?.move.revision || held.session !== session()) return false;
  return mostSince(held.surelyAt, clock) < sessionTtl / 2;
}

/** An instance that got through and stalls afterwards says so too, and takes it back when it is well again. */
function isWorthTelling({ ended, held, mayHaveLeft, told }: GateState, pacing: Pacing | undefined, move: number, { kind }: SlotEnding): boolean {
  if (ended?.move === move && ended.ending.kind === kind) return false;
  if (held !== undefined) return true;
  if (pacing === undefined || kind === "dropped") return false;
  return mayHaveLeft || (told?.move === move && told.kind !== kind);
}

/** One thing to do; the pause until the next, undefined where there is nothing to wait for. */
async function turn(deps: GateDeps, state: GateState, signal: AbortSignal): Promise<number | undefined> {
  const session = deps.session();
  if (session === undefined) return undefined;
  if (state.ended !== undefined) return tell(deps, state, session, signal);
  if (state.wanted !== undefined && !isSure(deps, state)) return ask(deps, state, state.wanted, session, signal);
  return undefined;
}

const RETRY_MS = 1_000;

async function tell(deps: GateDeps, state: GateState, session: string, signal: AbortSignal): Promise<number | undefined> {
  const { ended, held } = state;
  if (ended === undefined) return undefined;
  const { leaveSlot } = await import("../../core/operations/pace-slots.ts");
  const left = await leaveSlot(deps.store, { service: deps.service, instance: deps.instance, session }, ended.move, ended.ending, { signal });
  if (!left.ok) return RETRY_MS * (0.5 + deps.random());
  state.told = { move: ended.move, kind: ended.ending.kind };
  state.mayHaveLeft = false;
  if (state.ended === ended) state.ended = undefined;
  if (state.held === held) state.held = undefined;
  return 0;
}

/** The first question comes a little apart from those of the others: a whole fleet sees a change at once. */
const APART_MS = 300;

async function ask(deps: GateDeps, state: GateState, wanted: Pacing, session: string, signal: AbortSignal): Promise<number | undefined> {
  const { clock, instance, random, service, store } = deps;
  const move = wanted.move.revision;
  const before = state.asked?.move === move ? state.asked : undefined;
  if (before === undefined && state.held === undefined) await clock.sleep(random() * APART_MS, signal);
  if (state.wanted !== wanted || signal.aborted) return 0;
  const { takeSlot } = await import("../../core/operations/pace-slots.ts");
  const surelyAt = momentOf(clock);
  const taken = await takeSlot(store, { service, instance, session }, wanted, { now: consulTime(store, clock), signal });
  if (signal.aborted) return undefined;
  state.mayHaveLeft = false;
  if (taken.ok && taken.value.kind === "granted") {
    state.asked = undefined;
    state.held = { move, session, surelyAt };
    deps.onChange();
    return undefined;
  }
  return note(deps, state, move, taken.ok ? { kind: "answer", answer: taken.value } : { kind: "fault", fault: taken.fault });
}

/** Who has a turn finishes, though Consul can't vouch for it at the moment; a turn that Consul says is lost is asked for anew. */
function note(deps: GateDeps, state: GateState, move: number, said: Asked): number | undefined {
  const isUnheard = said.kind === "fault" && said.fault.kind !== "conflict" && said.fault.kind !== "no-session";
  if (isUnheard && state.held?.move === move) {
    state.held = { ...state.held, surelyAt: momentOf(deps.clock) };
    deps.onChange();
    return undefined;
  }
  const before = state.asked?.move === move ? state.asked : undefined;
  const times = before !== undefined && kindOf(before.said) === kindOf(said) ? before.times + 1 : 0;
  state.held = undefined;
  state.asked = { move, said, times };
  if (before === undefined || kindOf(before.said) !== kindOf(said)) deps.onChange();
  return pauseBeforeAsking(said, times, deps.random);
}

function kindOf(said: Asked): string {
  return said.kind === "fault" ? said.fault.kind : said.answer.kind;
}
