/** What is read from and written to the lock of a service's actuator: who leads, and what was run. Called in turns (agent/lead/keep-lead.ts). */
import { type Clock, isoTime } from "../../core/clock.ts";
import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import type { Actuation, ActuatorRecord } from "../../core/model/actuator-records.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import type { Store } from "../../core/store/port.ts";
import type { Change } from "../appliers/applier.ts";
import type { createTurns } from "../appliers/turns.ts";
import type { SignalFlag } from "../loop/signal-flag.ts";
import { type Wanted, isSameRun, nextActuation } from "./actuation.ts";
import { determineLead } from "./determine-lead.ts";
import { holderAfterTry } from "./holder.ts";
import type { Lead } from "./lead.ts";
import type { SessionLock } from "./session-lock.ts";

export interface LeadDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly service: string;
  readonly track: string;
  readonly instance: string;
  readonly session: () => string | undefined;
  /** Undefined while Consul hasn't said what is wanted: then the lead is not taken. */
  readonly wanted: () => Wanted | undefined;
  readonly onChange: () => void;
  readonly onFault: (fault: StoreFault) => void;
}

/** Why and how a run ended, as it is written. */
export type Ending = Pick<Actuation, "state" | "spent" | "message">;

export interface LeadState {
  readonly lock: SessionLock;
  lead: Lead;
  /** The run under way in this agent. `doubted`: a command of it was not run, because this agent couldn't show that it leads. */
  flight: { readonly begun: Actuation; readonly onLost: () => void; doubted: boolean } | undefined;
  /** A spent run that a person asked to try again. */
  forgiven: Actuation | undefined;
  quietLooks: number;
  readonly flag: SignalFlag;
  readonly inTurn: ReturnType<typeof createTurns>;
}

const NEVER = new AbortController().signal;

export function forgiving({ forgiven, lead }: LeadState): Lead {
  if (forgiven === undefined || lead.last === undefined || !isSameRun(lead.last, forgiven)) return lead;
  return { ...lead, last: { ...lead.last, spent: undefined } };
}

function settle(deps: LeadDeps, state: LeadState, next: Lead): void {
  const before = state.lead;
  state.lead = next;
  const { flight } = state;
  const isLost = next.kind === "other" || (next.kind !== "unknown" && flight !== undefined && !isSameRun(next.last, flight.begun));
  if (flight !== undefined && isLost) flight.onLost();
  if (JSON.stringify(before) === JSON.stringify(next)) return;
  state.quietLooks = 0;
  deps.onChange();
}

export async function look(deps: LeadDeps, state: LeadState, signal: AbortSignal): Promise<void> {
  state.quietLooks += 1;
  const read = await state.lock.read(signal);
  if (signal.aborted) return;
  const { last } = state.lead;
  if (!read.ok) return settle(deps, state, { kind: "unknown", why: `who acts for this service can't be read: ${describeStoreFault(read.fault)}`, denied: read.fault.kind === "denied", last });
  const seen = determineLead({ entry: read.value, session: deps.session(), seen: last });
  settle(deps, state, seen.kind === "vacant" ? await campaign(deps, state, seen, signal) : seen);
}

/** Takes a free lead. What was done last stays as it stands. */
async function campaign(deps: LeadDeps, state: LeadState, vacant: Lead, signal: AbortSignal): Promise<Lead> {
  const { last } = vacant;
  if (deps.session() === undefined || deps.wanted() === undefined) return vacant;
  return { ...holderAfterTry(await state.lock.take(recordOf(deps, last), signal)), last };
}

function recordOf({ instance }: LeadDeps, last: Actuation | undefined): ActuatorRecord {
  return { leader: instance, last };
}

export async function begin(deps: LeadDeps, state: LeadState, change: Change, onLost: () => void): Promise<Actuation | undefined> {
  if (state.lead.kind !== "own" || deps.session() === undefined) return undefined;
  const begun = nextActuation(forgiving(state).last, change, { at: isoTime(consulTime(deps.store, deps.clock)), by: deps.instance });
  const fault = await state.lock.write(recordOf(deps, begun), NEVER);
  if (fault !== undefined) {
    // Whatever came of it, nothing was started. The next look tells.
    await look(deps, state, NEVER);
    return undefined;
  }
  state.flight = { begun, onLost, doubted: false };
  settle(deps, state, { kind: "own", last: begun });
  return begun;
}

export async function end(deps: LeadDeps, state: LeadState, begun: Actuation, ending: Ending, signal: AbortSignal): Promise<"written" | "lost" | "again"> {
  // Half of it wasn't done: it stays begun, and is run again.
  if (state.flight?.doubted === true) return "lost";
  const { kind, last } = state.lead;
  if (kind === "other" || (kind === "own" && !isSameRun(last, begun))) return "lost";
  // An earlier try, of which the answer was lost.
  if (kind === "own" && last?.state === ending.state) return "written";
  if (kind === "own") {
    const ended: Actuation = { ...begun, ...ending, at: isoTime(consulTime(deps.store, deps.clock)) };
    const fault = await state.lock.write(recordOf(deps, ended), signal);
    if (fault === undefined) {
      settle(deps, state, { kind: "own", last: ended });
      return "written";
    }
  }
  await look(deps, state, signal);
  return "again";
}

/** By writing what stands there once more: a server that was deposed would still answer a mere check from what it knew. */
export async function isHeld(deps: LeadDeps, state: LeadState): Promise<boolean> {
  const isOwn = state.lead.kind === "own" && deps.session() !== undefined;
  const fault = isOwn ? await state.lock.write(recordOf(deps, state.lead.last), NEVER) : undefined;
  if (isOwn && fault === undefined) return true;
  if (state.flight !== undefined) state.flight.doubted = true;
  await look(deps, state, NEVER);
  return false;
}

export async function release(deps: LeadDeps, state: LeadState, signal: AbortSignal): Promise<void> {
  if (state.lead.kind === "own") await state.lock.release(recordOf(deps, state.lead.last), { signal });
}
