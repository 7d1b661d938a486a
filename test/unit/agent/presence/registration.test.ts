import { describe, expect, it } from "vitest";
import type { Untold } from "../../../../agent/process/deps.ts";
import { createRegistration } from "../../../../agent/presence/registration.ts";
import type { Clock } from "../../../../core/clock.ts";
import type { Outcome } from "../../../../core/model/fault.ts";
import { type Result, err, ok } from "../../../../core/model/result.ts";
import { createMemoryStore } from "../../../../core/store/memory.ts";
import type { Endpoint } from "../../../../core/store/port.ts";

/** Announces port 2, in place of another, while the catalog answers as told; how it ended, and how long that took on the test's clock. */
async function announceWhile(shows: (elapsedMs: number) => Outcome<Endpoint | undefined>): Promise<{ readonly told: Result<void, Untold>; readonly ms: number }> {
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
  let shown: typeof shows = () => at(1);
  const catalog = { ...store.catalog, healthyInstance: () => Promise.resolve(shown(now)) };
  const settings = { tags: [], meta: {}, check: false as const };
  const registration = createRegistration({ store: { ...store, catalog }, clock, settings, service: "shop", instance: "shop-1", track: "stable", onFault: () => undefined });
  expect(await registration.announce({ version: "1.0.0", port: 1 })).toEqual(ok(undefined));
  now = 0;
  shown = shows;
  return { told: await registration.announce({ version: "2.0.0", port: 2 }), ms: now };
}

const failed = (kind: "denied" | "unreachable"): Outcome<never> => err({ kind, operation: "endpoint", cause: "no" });
const at = (port: number): Outcome<Endpoint> => ok({ id: "shop-1", node: "n", address: "127.0.0.1", port, tags: [], meta: {} });

describe("announcing an endpoint", () => {
  it("waits while the catalog still sends clients to the former one", async () => {
    const { ms, told } = await announceWhile((elapsed) => at(elapsed < 6_000 ? 1 : 2));
    expect(told).toEqual(ok(undefined));
    expect(ms).toBeGreaterThanOrEqual(6_000);
  });

  it("doesn't wait for ever for one that is stuck", async () => {
    const { ms, told } = await announceWhile(() => at(1));
    expect(told).toEqual(ok(undefined));
    expect(ms).toBeLessThan(20_000);
  });

  it("gives one that shows nothing, or may not be read, two seconds", async () => {
    for (const shows of [() => ok(undefined), () => failed("denied")]) {
      const { ms, told } = await announceWhile(shows);
      expect(told).toEqual(ok(undefined));
      expect(ms).toBeLessThan(3_000);
    }
  });

  it("isn't done where Consul went away after it: the catalog may show the former one when it is back", async () => {
    const { ms, told } = await announceWhile(() => failed("unreachable"));
    expect(told).toEqual(err({ message: expect.stringContaining("Consul can't be reached") as string, isPassing: true }));
    expect(ms).toBeLessThan(3_000);
  });

  it("survives a moment without Consul", async () => {
    expect((await announceWhile((elapsed) => (elapsed < 1_000 ? failed("unreachable") : at(2)))).told).toEqual(ok(undefined));
  });

  it("goes on at once when it is shown", async () => {
    expect(await announceWhile(() => at(2))).toEqual({ told: ok(undefined), ms: 0 });
  });
});
