import { describe, expect, it } from "vitest";
import { createRegistration } from "../../../../agent/presence/registration.ts";
import type { Clock } from "../../../../core/clock.ts";
import type { Outcome } from "../../../../core/model/fault.ts";
import { ok } from "../../../../core/model/result.ts";
import { createMemoryStore } from "../../../../core/store/memory.ts";
import type { Endpoint } from "../../../../core/store/port.ts";

/** Announces port 2 while the catalog answers as told; how long that took on the test's clock. */
async function announceWhile(shows: (elapsedMs: number) => Outcome<Endpoint | undefined>): Promise<number> {
  let now = 0;
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  };
  const store = createMemoryStore();
  const catalog = { ...store.catalog, healthyInstance: () => Promise.resolve(shows(now)) };
  const settings = { tags: [], meta: {}, check: false as const };
  const registration = createRegistration({ store: { ...store, catalog }, clock, settings, service: "shop", instance: "shop-1", track: "stable", onFault: () => undefined });
  expect(await registration.announce({ version: "2.0.0", port: 2 })).toEqual(ok(undefined));
  return now;
}

const at = (port: number): Outcome<Endpoint> => ok({ id: "shop-1", node: "n", address: "127.0.0.1", port, tags: [], meta: {} });

describe("announcing an endpoint", () => {
  it("waits while the catalog still sends clients to the former one", async () => {
    expect(await announceWhile((elapsed) => at(elapsed < 6_000 ? 1 : 2))).toBeGreaterThanOrEqual(6_000);
  });

  it("doesn't wait for ever for one that is stuck", async () => {
    expect(await announceWhile(() => at(1))).toBeLessThan(20_000);
  });

  it("gives one that shows nothing, or may not be read, two seconds", async () => {
    expect(await announceWhile(() => ok(undefined))).toBeLessThan(3_000);
    expect(await announceWhile(() => ({ ok: false, fault: { kind: "denied", operation: "endpoint", cause: "no" } }))).toBeLessThan(3_000);
  });

  it("goes on at once when it is shown", async () => {
    expect(await announceWhile(() => at(2))).toBe(0);
  });
});
