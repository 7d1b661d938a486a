import type { OperationFailure } from "../model/fault.ts";
import type { Plan, ServicePlan } from "../model/plan.ts";
import { readDesiredEntries } from "../decide/desired-keys.ts";
import { headKey, historyKey, lastSegment } from "../store/keys.ts";
import type { Store } from "../store/port.ts";
import { readRevision } from "./read-records.ts";

/** One sentence that says who won, since when, and what to do. */
export async function describeConflict(store: Store, plan: Pick<Plan, "services">, failures: readonly OperationFailure[]): Promise<string> {
  for (const one of plan.services) {
    const winner = await describeWinner(store, one);
    if (winner !== undefined) return `${winner}; nothing was written: look at it with "rollpin history ${one.service}", then run the command again`;
  }
  const keys = [...new Set(failures.map(({ key }) => `${store.prefix}/${key}`))].join(", ");
  const [first] = plan.services;
  return `${keys === "" ? "something" : keys} was changed since it was read, by a hand or another operation; nothing was written: look with "rollpin status ${first?.service}", then run the command again`;
}

async function describeWinner(store: Store, one: ServicePlan): Promise<string | undefined> {
  const key = headKey(one.service);
  const entry = await store.get(key);
  if (!entry.ok || entry.value?.modifyIndex === one.head?.modifyIndex) return undefined;
  if (entry.value === undefined) return `the head of ${one.service} (${store.prefix}/${key}) was removed by hand`;
  const { head } = readDesiredEntries(one.service, [entry.value]);
  if (head?.ok !== true) return `${store.prefix}/${key} was overwritten by hand with something that is no head`;
  const { by, at, revision } = head.value.value;
  if (revision === (one.head?.value.revision ?? 0)) return `${by} changed the freeze or a verdict of ${one.service} at ${at}`;
  const what = await describeRevision(store, one.service, revision);
  return `${by} changed ${one.service} at ${at}: revision ${revision}${what}`;
}

async function describeRevision(store: Store, service: string, revision: number): Promise<string> {
  const entry = await store.get(historyKey(service, revision));
  if (!entry.ok || entry.value === undefined) return "";
  const read = readRevision(entry.value);
  return read.ok ? ` (${read.value.kind}, plan ${read.value.plan})` : ` (${lastSegment(entry.value.key)} can't be read)`;
}
