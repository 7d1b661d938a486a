/** What is read from and written to the lock of a service's actuator. Called in turns (agent/lead/keep-lead.ts). */
import { type Clock, isoTime } from "../../core/clock.ts";
import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import type { Actuation, ActuatorRecord } from "../../core/model/records.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import { actuatorKey } from "../../core/store/keys.ts";
import type { Operation, Store } from "../../core/store/port.ts";
import type { Change } from "../appliers/applier.ts";
import type { createTurns } from "../appliers/turns.ts";
import type { SignalFlag } from "../loop/signal-flag.ts";
import { type Wanted, isSameRun, nextActuation } from "./actuation.ts";
import { determineLead } from "./determine-lead.ts";
import type { Lead } from "./lead.ts";

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
  lead: Lead;
  /** Of the lock's key, as it was seen or written last; undefined where there is none. */
  modifyIndex: number | undefined;
  /** The run under way in this agent. `doubted`: a command of it was not run, because this agent couldn't show that it leads. */
  flight: { readonly begun: Actuation; readonly onLost: () => void; doubted: boolean } | undefined;
  /** A spent run that a person asked to try again. */
  forgiven: Actuation | undefined;
  /** Monotonic milliseconds. */
  campaignAgainAt: number;
  quietLooks: number;
  readonly flag: SignalFlag;
  /** A look that began before a write must not be believed after it. */
  readonly inTurn: ReturnType<typeof createTurns>;
}

/** After a denial, another try to take a free lead. */
const DENIED_PAUSE_MS = 60_000;
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
  const key = actuatorKey(deps.service, deps.track);
  state.quietLooks += 1;
  // A server that has just become the leader answers a plain read from before its last writes, and a run would seem to be lost.
  const read = await deps.store.get(key, { signal, consistency: "consistent" });
  if (signal.aborted) return;
  if (!read.ok) return fail(deps, state, read.fault);
  state.modifyIndex = read.value?.modifyIndex;
  const seen = determineLead({ entry: read.value, session: deps.session(), seen: state.lead.last });
  if (seen.kind === "vacant") await campaign(deps, state, seen, signal);
  else settle(deps, state, seen);
}

function fail(deps: LeadDeps, state: LeadState, fault: StoreFault): void {
  deps.onFault(fault);
  settle(deps, state, { kind: "unknown", why: `who acts for this service can't be read: ${describeStoreFault(fault)}`, last: state.lead.last });
}

/** Takes a free lead. What was done last stays as it stands. */
async function campaign(deps: LeadDeps, state: LeadState, vacant: Lead & { kind: "vacant" }, signal: AbortSignal): Promise<void> {
  const { clock } = deps;
  if (clock.monotonic() < state.campaignAgainAt && state.lead.kind === "vacant") return settle(deps, state, { ...state.lead, last: vacant.last });
  if (deps.session() === undefined || deps.wanted() === undefined) return settle(deps, state, vacant);
  const fault = await write(deps, state, vacant.last, signal);
  if (fault === undefined) return settle(deps, state, { kind: "own", last: vacant.last });
  const denied = fault.kind === "denied";
  if (denied) state.campaignAgainAt = clock.monotonic() + DENIED_PAUSE_MS;
  // A conflict: another was first, and the next look says who.
  settle(deps, state, fault.kind === "conflict" ? vacant : { ...vacant, denied, why: `this agent can't take the lead: ${describeStoreFault(fault)}` });
}

/** Every write of the lock: this agent's session must live and hold it (or nobody does), and the key must be as it was last seen. */
async function write({ instance, onFault, service, session, store, track }: LeadDeps, state: LeadState, last: Actuation | undefined, signal: AbortSignal): Promise<StoreFault | undefined> {
  const key = actuatorKey(service, track);
  const record: ActuatorRecord = { leader: instance, last };
  const unmoved: Operation = state.modifyIndex === undefined ? { kind: "expect-absent", key } : { kind: "expect", key, modifyIndex: state.modifyIndex };
  const written = await store.transact([unmoved, { kind: "lock", key, value: JSON.stringify(record), session: session() ?? "" }], { signal });
  if (written.ok) state.modifyIndex = written.value.modifyIndex;
  else onFault(written.fault);
  return written.ok ? undefined : written.fault;
}

export async function begin(deps: LeadDeps, state: LeadState, change: Change, onLost: () => void): Promise<Actuation | undefined> {
  if (state.lead.kind !== "own" || deps.session() === undefined) return undefined;
  const begun = nextActuation(forgiving(state).last, change, { at: isoTime(consulTime(deps.store, deps.clock)), by: deps.instance });
  const fault = await write(deps, state, begun, NEVER);
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
    const fault = await write(deps, state, ended, signal);
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
  const fault = isOwn ? await write(deps, state, state.lead.last, NEVER) : undefined;
  if (isOwn && fault === undefined) return true;
  if (state.flight !== undefined) state.flight.doubted = true;
  await look(deps, state, NEVER);
  return false;
}

export async function release(deps: LeadDeps, state: LeadState, signal: AbortSignal): Promise<void> {
  const session = deps.session();
  if (state.lead.kind !== "own" || session === undefined) return;
  const record: ActuatorRecord = { leader: deps.instance, last: state.lead.last };
  await deps.store.transact([{ kind: "unlock", key: actuatorKey(deps.service, deps.track), value: JSON.stringify(record), session }], { signal });
}
