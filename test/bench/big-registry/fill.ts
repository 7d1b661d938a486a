/** A registry as years of a large fleet leave it, written record by record without the plans that would have made it. */
import { digestOf } from "../../../core/decide/digest.ts";
import { formatPlanId } from "../../../core/decide/plan-id.ts";
import type { Head, InstanceRecord, Release, Revision } from "../../../core/model/records.ts";
import { headKey, historyKey, instanceKey, partKey, releaseKey } from "../../../core/store/keys.ts";
import { MOST_OPERATIONS, type Operation, type Store } from "../../../core/store/port.ts";
import { valueOf } from "../fleet/operator.ts";

export interface Size {
  readonly history: number;
  readonly instances: number;
  readonly releases: number;
}

/** Once more each time somebody changed it. */
const CONFIG = "timeouts: {connect: 1s, read: 3s}\nretries: 2\nfeatures: [checkout-v2, fast-refunds]\n";
const AT = "2026-03-01T12:00:00.000Z";
const PINNED = ["1.0.0", "1.0.1"] as const;

/** One service: its newest revision pins 1.0.0, or 1.0.1 where their number is even. */
export async function fillService(store: Store, service: string, { history, instances, releases }: Size): Promise<void> {
  const last = stateAt(history);
  const head: Head = { revision: history, digest: digestOf(last), at: AT, by: "jo@shop", plan: planId(service, history) };
  await write(store, [create(headKey(service), head), { kind: "create", key: partKey(service, "pin"), value: last.pins.stable }, { kind: "create", key: partKey(service, "config"), value: CONFIG }]);
  await write(store, Array.from({ length: releases }, (_, at) => create(releaseKey(service, `1.0.${at}`), releaseOf(`1.0.${at}`))));
  await write(store, Array.from({ length: history }, (_, at) => create(historyKey(service, at + 1), revisionOf(service, at + 1))));
  const session = valueOf(await store.sessions.create({ name: "fleet", ttlMs: 3_600_000 }));
  await write(store, Array.from({ length: instances }, (_, at): Operation => ({ kind: "lock", key: instanceKey(service, `${service}-x${at}`), value: JSON.stringify(instanceOf(service, `${service}-x${at}`, head)), session })));
}

const create = (key: string, value: object): Operation => ({ kind: "create", key, value: JSON.stringify(value) });
const stateAt = (revision: number) => ({ pins: { stable: PINNED[(revision + 1) % 2] ?? PINNED[0] }, config: CONFIG });
const planId = (service: string, revision: number): string => formatPlanId(service, revision, "aaaaaa");

function releaseOf(version: string): Release {
  return { version, commit: "0123456789abcdef0123456789abcdef01234567", digest: `sha256:${"ab".repeat(32)}`, requires: { payments: "^2.1" } };
}

function revisionOf(service: string, revision: number): Revision {
  const before = revision === 1 ? { pins: {} } : stateAt(revision - 1);
  return { revision, at: AT, by: "jo@shop", reason: "a release that was announced to everybody", plan: planId(service, revision), kind: "pin", before, after: stateAt(revision), overrides: [], services: { [service]: revision } };
}

function instanceOf(service: string, instance: string, { digest, revision }: Head): InstanceRecord {
  return { service, instance, track: "stable", actuator: "instance", status: "in-sync", version: "1.0.1", revision, digest, seen: revision, artifacts: [...PINNED], node: "host-7", address: "10.0.0.7", port: 31_877, pid: 4_242, agent: { version: "0.1.0", startedAt: AT }, at: AT };
}

async function write(store: Store, operations: readonly Operation[]): Promise<void> {
  for (let from = 0; from < operations.length; from += MOST_OPERATIONS) valueOf(await store.transact(operations.slice(from, from + MOST_OPERATIONS)));
}
