/**
 * A counting semaphore in Consul (after coreos/locksmith): who may be changing, service by service. Slots are keys that
 * agents' sessions hold, so a dead holder's is nobody's; `state` puts the takers in a row, since whoever takes one
 * replaces it by compare-and-set in the same transaction.
 */
import { isoTime } from "../clock.ts";
import { NOTHING_GIVEN, type SlotAnswer, type SlotRequest, determineSlot } from "../decide/pace/determine-slot.ts";
import { type SlotEnding, nextState, tallyAfter } from "../decide/pace/next-state.ts";
import type { Outcome, StoreFault } from "../model/fault.ts";
import { parseRecord } from "../model/parse-record.ts";
import { type PaceSlot, type PaceState, paceSlotSchema, paceStateSchema } from "../model/pace-records.ts";
import { ok } from "../model/result.ts";
import { writeAsRead } from "../store/as-read.ts";
import { instancesFolder, lastSegment, paceFolder, paceSlotKey, paceSlotsFolder, paceStateKey } from "../store/keys.ts";
import type { CallOptions, Entry, Operation, Store } from "../store/port.ts";
import { readInstances } from "./read-records.ts";

export interface SlotOwner {
  readonly service: string;
  readonly instance: string;
  readonly session: string;
}

/** `contended`: others took their turns all the while; ask again soon. */
export type TakeAnswer = Exclude<SlotAnswer, { readonly kind: "uncounted" }> | { readonly kind: "contended" };

/** Turns come and go quickly; a crowd that starts at once is better asked to come again. */
const TRIES = 2;

/**
 * Asks for a slot, or makes sure of the one that is held: the session that takes it must be alive, and nobody else may
 * have taken a turn meanwhile. An unknown outcome is settled by asking again. `now` in milliseconds since the epoch.
 */
export async function takeSlot(store: Store, owner: SlotOwner, request: SlotRequest, options: CallOptions & { readonly now: number }): Promise<Outcome<TakeAnswer>> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const read = await readPace(store, owner, options);
    if (!read.ok) return read;
    const answer = await answerTo(store, owner, request, read.value, options);
    if (!answer.ok) return answer;
    if (answer.value.kind !== "granted") return ok(answer.value.kind === "uncounted" ? { kind: "contended" } : answer.value);
    const state = nextState(read.value.state, request.move.revision, answer.value.tally);
    const slot: PaceSlot = { move: request.move.revision, at: isoTime(options.now) };
    const taken = await store.transact(
      [writeState(owner, read.value, state), ...removeDead(read.value), { kind: "lock", key: paceSlotKey(owner.service, owner.instance), value: JSON.stringify(slot), session: owner.session }],
      options,
    );
    if (taken.ok) return ok(answer.value);
    if (!isOvertaken(taken.fault, store, owner)) return taken;
  }
  return ok({ kind: "contended" });
}

/** A slot that is held by somebody else under this name, or a dead session, is no race that another try could win. */
function isOvertaken(fault: StoreFault, { prefix }: Store, { instance, service }: SlotOwner): boolean {
  if (fault.kind === "unknown-outcome") return true;
  return fault.kind === "conflict" && !fault.failures.some(({ key }) => key === `${prefix}/${paceSlotKey(service, instance)}`);
}

/** Nobody waits behind the one that leaves but for its place, so it tries a little longer. */
const LEAVE_TRIES = 6;

/** Gives a slot back, where it is still held, and counts what became of the move. Given back already is no error. */
export async function leaveSlot(store: Store, owner: SlotOwner, move: number, ending: SlotEnding, options: CallOptions = {}): Promise<Outcome<void>> {
  let last: StoreFault | undefined;
  for (let attempt = 0; attempt < LEAVE_TRIES; attempt += 1) {
    const read = await readPace(store, owner, options);
    if (!read.ok) return read;
    const { mine, state } = read.value;
    const held = mine?.session === owner.session;
    // The slot goes in the transaction that counts, so one that is gone after an unknown outcome was counted.
    if (last?.kind === "unknown-outcome" && !held) return ok(undefined);
    const tally = tallyAfter(state, move, owner.instance, { held, ending });
    const operations: Operation[] = [
      ...(tally === undefined ? [] : [writeState(owner, read.value, nextState(state, move, tally))]),
      ...(held ? giveBack(owner) : []),
    ];
    if (operations.length === 0) return ok(undefined);
    const left = await store.transact(operations, options);
    if (left.ok) return ok(undefined);
    last = left.fault;
    if (last.kind !== "conflict" && last.kind !== "unknown-outcome") break;
  }
  return { ok: false, fault: last ?? { kind: "aborted", operation: "leave slot" } };
}

function giveBack({ instance, service, session }: SlotOwner): readonly Operation[] {
  const key = paceSlotKey(service, instance);
  return [{ kind: "expect-session", key, session }, { kind: "delete", key }];
}

interface PaceReading {
  readonly state: PaceState;
  /** Undefined where there is no such key. */
  readonly stateIndex: number | undefined;
  readonly slots: readonly Entry[];
  readonly mine: Entry | undefined;
}

/** One answer has state and slots together. A state that can't be read starts over: what it said is lost either way. */
async function readPace(store: Store, { instance, service }: SlotOwner, options: CallOptions): Promise<Outcome<PaceReading>> {
  const listed = await store.list(paceFolder(service), options);
  if (!listed.ok) return listed;
  const { entries } = listed.value;
  const stored = entries.find(({ key }) => key === paceStateKey(service));
  const parsed = stored === undefined ? undefined : parseRecord(paceStateSchema, stored.key, stored.value);
  const slots = entries.filter(({ key }) => key.startsWith(paceSlotsFolder(service)));
  return ok({ state: parsed?.ok === true ? parsed.value : NOTHING_GIVEN, stateIndex: stored?.modifyIndex, slots, mine: slots.find(({ key }) => key === paceSlotKey(service, instance)) });
}

/** Instances are counted once for each move, by whoever may take its first slot. */
async function answerTo(store: Store, owner: SlotOwner, request: SlotRequest, reading: PaceReading, options: CallOptions): Promise<Outcome<SlotAnswer>> {
  const { instance, service } = owner;
  const { slots, state } = reading;
  const facts = { instance, state, holds: holdsFor(reading, owner, request), slots: slots.map(({ key, session }) => ({ instance: lastSegment(key), live: session !== undefined })) };
  const answer = determineSlot(request, { ...facts, size: undefined });
  if (answer.kind !== "uncounted") return ok(answer);
  const listed = await store.list(instancesFolder(service), options);
  if (!listed.ok) return listed;
  const size = readInstances(listed.value.entries).good.filter(({ live, record }) => live && record.actuator === "instance").length;
  return ok(determineSlot(request, { ...facts, size }));
}

function holdsFor({ mine }: PaceReading, { session }: SlotOwner, { move }: SlotRequest): boolean {
  if (mine?.session !== session) return false;
  const slot = parseRecord(paceSlotSchema, mine.key, mine.value);
  return slot.ok && slot.value.move === move.revision;
}

function writeState({ service }: SlotOwner, { stateIndex }: PaceReading, state: PaceState): Operation {
  return writeAsRead(paceStateKey(service), JSON.stringify(state), stateIndex);
}

/** More would make the transaction too large; the next taker goes on. */
const MOST_REMOVED = 30;

function removeDead({ mine, slots }: PaceReading): readonly Operation[] {
  const dead = slots.filter((slot) => slot.session === undefined && slot !== mine).slice(0, MOST_REMOVED);
  return dead.map(({ key, modifyIndex }) => ({ kind: "remove", key, modifyIndex }));
}
