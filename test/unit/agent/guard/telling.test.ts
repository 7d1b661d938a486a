import { beforeEach, expect, test } from "vitest";
import { createTelling } from "../../../../agent/guard/telling.ts";
import { createLogger } from "../../../../agent/log.ts";
import { isoTime, systemClock } from "../../../../core/clock.ts";
import type { GuardAction, GuardState } from "../../../../core/model/guard-records.ts";
import { guardActionKey } from "../../../../core/store/keys.ts";
import { type MemoryStore, createMemoryWorld } from "../../../../core/store/memory.ts";

const SILENT = createLogger({ level: "warn", base: {}, destination: { write: () => undefined } });
const AT = Date.now();

let store: MemoryStore;
/** In the order in which people were told. */
let told: string[];
let stopped: AbortController;

beforeEach(() => {
  store = createMemoryWorld().client();
  [told, stopped] = [[], new AbortController()];
});

const actionOf = (action: number, ageMs = 0): GuardAction => ({
  action,
  at: isoTime(AT - ageMs),
  by: "one",
  suspect: { service: "checkout", track: "stable", version: "2.0.0", since: isoTime(AT) },
  cause: "stable:2.0.0@2",
  finding: { kind: "bad", signals: [], summary: "" },
  readings: {},
  policy: { line: "", digest: "" },
  deed: "page",
  outcome: "paged",
  says: "",
});
const keep = (action: GuardAction) => store.transact([{ kind: "create", key: guardActionKey("checkout", action.action), value: JSON.stringify(action) }]);
const stateOf = (actions: number, upTo?: number): GuardState => ({ actions, changes: [], dealt: [], told: upTo });
const tellingOf = (client: Pick<MemoryStore, "clockOffsetMs" | "list" | "get"> = store, isAnybodyTold = true) =>
  createTelling({ store: client as MemoryStore, clock: systemClock, log: SILENT, service: "checkout", told: isAnybodyTold ? () => 99 : undefined, onAction: ({ action }) => void told.push(`${action}`), retell: ({ action }) => void told.push(`again ${action}`) });
const { signal } = new AbortController();

test("what the guard before this one may not have told is told, in order and once; what is older than an hour isn't", async () => {
  for (const action of [actionOf(1), actionOf(2, 3_700_000), actionOf(3), actionOf(4)]) await keep(action);
  const telling = tellingOf();
  await telling.catchUp(stateOf(4, 1), signal);
  await telling.catchUp(stateOf(4, 1), signal);
  expect(told).toEqual(["again 3", "again 4"]);
});

test("an action that was recorded just now is told at once, and not again", async () => {
  const telling = tellingOf();
  await telling.catchUp(undefined, signal);
  await keep(actionOf(1));
  telling.tell(actionOf(1));
  await telling.catchUp(stateOf(1), signal);
  expect(told).toEqual(["1"]);
});

test("a write that was done though nobody could know is told at the next look", async () => {
  const telling = tellingOf();
  await telling.catchUp(stateOf(0), signal);
  await keep(actionOf(1));
  await telling.catchUp(stateOf(1), signal);
  await keep(actionOf(2));
  telling.tell(actionOf(2));
  expect(told).toEqual(["again 1", "2"]);
});

test("while what was done can't be read, nothing is taken for told; it is as soon as it can", async () => {
  await keep(actionOf(1));
  let isAway = true;
  const away = { ...store, list: (...asked: Parameters<MemoryStore["list"]>) => (isAway ? Promise.resolve({ ok: false, fault: { kind: "unreachable", operation: "list", cause: "gone" } } as const) : store.list(...asked)) };
  const telling = tellingOf(away);
  await telling.catchUp(stateOf(1), signal);
  await keep(actionOf(2));
  telling.tell(actionOf(2));
  expect([told, telling.told()]).toEqual([["2"], undefined]);
  isAway = false;
  await telling.catchUp(stateOf(2), signal);
  expect([told, telling.told()]).toEqual([["2", "again 1", "again 2"], 99]);
});

test("what another guard did meanwhile is told where that one didn't", async () => {
  const telling = tellingOf();
  await telling.catchUp(stateOf(0), signal);
  for (const action of [actionOf(1), actionOf(2)]) await keep(action);
  await telling.catchUp(stateOf(2, 1), signal);
  expect(told).toEqual(["again 2"]);
});

test("where nobody is to be told, nothing is read", async () => {
  const telling = tellingOf({ ...store, list: () => Promise.reject(new Error("it was read")) }, false);
  await telling.catchUp(stateOf(3), stopped.signal);
  expect([told, telling.told()]).toEqual([[], undefined]);
});
