import { expect, it } from "vitest";
import { hasOldView } from "../../../core/decide/old-view.ts";
import { headSchema, instanceSchema } from "../../../core/model/records.ts";

const MADE = Date.parse("2026-03-01T12:00:00.000Z");
const head = headSchema.parse({ revision: 7, digest: "d", at: new Date(MADE).toISOString(), by: "jo" });

type Case = readonly [name: string, facts: { readonly seen: number; readonly live?: boolean; readonly startedMs?: number; readonly laterMs: number }, isOld: boolean];
const CASES: readonly Case[] = [
  ["saw the newest", { seen: 7, laterMs: 3_600_000 }, false],
  ["saw a newer one, before Consul was restored", { seen: 9, laterMs: 3_600_000 }, false],
  ["saw an older one, and the newest is young", { seen: 6, laterMs: 60_000 }, false],
  ["saw an older one for too long", { seen: 6, laterMs: 60_001 }, true],
  ["has heard nothing, having only just started", { seen: 0, startedMs: 3_590_000, laterMs: 3_600_000 }, false],
  ["has heard nothing since it started", { seen: 0, startedMs: 3_500_000, laterMs: 3_600_000 }, true],
  ["started with a clock that was years ahead, and has heard nothing", { seen: 0, startedMs: 315_360_000_000, laterMs: 3_600_000 }, true],
  ["lost its session: nobody knows", { seen: 6, live: false, laterMs: 3_600_000 }, false],
];

it.each(CASES)("an instance that %s", (_name, { laterMs, live = true, seen, startedMs = -86_400_000 }, isOld) => {
  const at = new Date(MADE).toISOString();
  const record = instanceSchema.parse({ service: "web", instance: "web-1", track: "stable", actuator: "instance", status: "in-sync", revision: seen, seen, agent: { version: "0.1.0", startedAt: new Date(MADE + startedMs).toISOString() }, at });
  expect(hasOldView({ live, record }, head, MADE + laterMs)).toBe(isOld);
  expect(hasOldView({ live, record }, undefined, MADE + laterMs)).toBe(false);
});
