import { expect, test } from "vitest";
import { readHealth } from "../../../../core/decide/guard/read-health.ts";
import type { InstanceRecord } from "../../../../core/model/records.ts";
import { readingSchema } from "../../../../core/model/reading.ts";
import * as z from "zod/mini";
import { NOW, instanceOf, timeOf } from "../facts.ts";

const SETTINGS = { crashLoops: 2, failing: 0.5, lasting: 5_000 };
const SUSPECT = { service: "checkout", track: "stable", version: "2.0.0", baseline: "1.0.0", since: timeOf(1) };

const looping: Partial<InstanceRecord> = { version: "2.0.0", status: "stalled", reason: { code: "crash-loop", message: "it crashed 6 times" } };
const well: Partial<InstanceRecord> = { version: "2.0.0" };
const old: Partial<InstanceRecord> = { version: "1.0.0" };
const failedToComeUp: Partial<InstanceRecord> = { version: "1.0.0", status: "stalled", revision: 1, seen: 2, reason: { code: "process-failed", message: "not ready" } };
const waitsForDisk: Partial<InstanceRecord> = { version: "1.0.0", status: "held", revision: 1, seen: 2, reason: { code: "process-unwritable", message: "disk full" } };
const restarting: Partial<InstanceRecord> = { version: "2.0.0", status: "reconciling", reason: { code: "restarting", message: "exited" } };
const oldLooping: Partial<InstanceRecord> = { ...looping, version: "1.0.0" };
const keptOff: Partial<InstanceRecord> = { ...well, traffic: { catalog: "checkout", off: "can't read the schema" } };

interface Case {
  readonly instances: readonly Partial<InstanceRecord>[];
  readonly unhealthy?: readonly number[];
  /** For how long each is not well, milliseconds. */
  readonly forMs?: number;
}

const read = ({ instances, forMs = 0, unhealthy = [] }: Case) =>
  readHealth({
    suspect: SUSPECT,
    instances: instances.map((given, place) => instanceOf({ ...given, instance: `i${place}` })),
    unhealthy: new Set(unhealthy.map((place) => `i${place}`)),
    since: new Map(instances.map((_, place) => [`i${place}`, NOW - forMs])),
    settings: SETTINGS,
    now: NOW,
  });

test.each<[string, Case, "bad" | "good" | "no-data", boolean | undefined]>([
  ["nobody runs it yet", { instances: [old, old] }, "no-data", undefined],
  ["nobody lives at all", { instances: [] }, "no-data", undefined],
  ["an instance that waits for its disk has not tried it", { instances: [waitsForDisk] }, "no-data", undefined],
  ["all are well", { instances: [well, well, old] }, "good", undefined],
  ["fewer crash loops than it takes, in a small part", { instances: [looping, well, well] }, "good", undefined],
  ["enough crash loops, however small the part", { instances: [looping, looping, ...Array.from({ length: 20 }, () => well)] }, "bad", undefined],
  ["half don't come up, and run what they ran before", { instances: [failedToComeUp, well, old] }, "bad", false],
  ["a first crash may be chance", { instances: [restarting], forMs: 1_000 }, "good", undefined],
  ["one that is down for long isn't", { instances: [restarting], forMs: 6_000 }, "bad", undefined],
  ["a check that fails for a moment", { instances: [well], unhealthy: [0], forMs: 1_000 }, "good", undefined],
  ["checks that fail and go on failing", { instances: [well, old], unhealthy: [0], forMs: 5_000 }, "bad", false],
  ["whoever is kept from traffic on purpose isn't ill", { instances: [keptOff], unhealthy: [0], forMs: 60_000 }, "good", undefined],
  ["the old version crashes as much", { instances: [looping, looping, oldLooping, oldLooping] }, "bad", true],
  ["the old version is ill in a small part", { instances: [looping, looping, oldLooping, old, old] }, "bad", false],
])("%s", (_name, given, says, alike) => {
  const reading = read(given);
  expect([reading.says, reading.alike]).toEqual([says, alike]);
  expect(z.safeParse(readingSchema, reading).success).toBe(true);
});

test("the sentence names figures and instances, and since when it is so", () => {
  expect(read({ instances: [looping, looping, well], forMs: 9_000 })).toMatchObject({
    summary: "2 of 3 instances of checkout with 2.0.0 are not well (67%, 2 in a crash loop): i0 crash-loop, i1 crash-loop",
    since: new Date(NOW - 9_000).toISOString(),
  });
});

test("a large fleet's evidence stays small", () => {
  const reading = read({ instances: Array.from({ length: 2_000 }, () => ({ ...looping, reason: { code: "crash-loop", message: "x".repeat(2_000) } })) });
  expect(z.safeParse(readingSchema, reading).success).toBe(true);
});
