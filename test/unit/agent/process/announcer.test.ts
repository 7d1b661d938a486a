import { describe, expect, it } from "vitest";
import { createAnnouncer } from "../../../../agent/process/announcer.ts";
import type { ServedAt } from "../../../../agent/process/deps.ts";
import { systemClock } from "../../../../core/clock.ts";
import { ok } from "../../../../core/model/result.ts";

const OLD: ServedAt = { version: "1.0.0", port: 1 };
const NEW: ServedAt = { version: "2.0.0", port: 2 };

/** Tells each endpoint when the test lets it. */
function rig() {
  const told: ServedAt[] = [];
  const gates: (() => void)[] = [];
  const announcer = createAnnouncer({
    clock: systemClock,
    random: () => 0,
    log: () => undefined,
    announce: async (endpoint) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      told.push(endpoint);
      return ok(undefined);
    },
  });
  const tell = async (): Promise<void> => {
    await systemClock.sleep(0);
    gates.shift()?.();
    await systemClock.sleep(0);
  };
  return { announcer, tell, told };
}

describe("a process that comes up again", () => {
  it("is told of on its new port, and not at all on the one that clients know", async () => {
    const { announcer, tell, told } = rig();
    announcer.untilDone(OLD);
    await tell();
    announcer.again(OLD, OLD);
    announcer.again(OLD, { ...OLD, port: 3 });
    await tell();
    await tell();
    expect(told).toEqual([OLD, { ...OLD, port: 3 }]);
  });

  it("is told of where nothing ever was", async () => {
    const { announcer, tell, told } = rig();
    announcer.expect();
    announcer.again(OLD, OLD);
    await tell();
    expect(told).toEqual([OLD]);
  });

  it.each(["once", "untilDone"] as const)("is not told of while its successor is (%s), nor after that", async (how) => {
    const { announcer, tell, told } = rig();
    announcer.untilDone(OLD);
    await tell();
    void announcer[how](NEW);
    announcer.again(OLD, { ...OLD, port: 3 });
    await tell();
    announcer.again(OLD, { ...OLD, port: 4 });
    await tell();
    expect(told).toEqual([OLD, NEW]);
    expect(await announcer.whenKnown()).toBe(true);
  });
});
