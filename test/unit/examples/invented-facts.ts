import type { Facts } from "../../../examples/demo/facts.ts";
import type { Answer } from "../../../examples/demo/load.ts";
import type { Ran } from "../../../examples/demo/rollpin.ts";

/** The rollback's start. */
export const ZERO = Date.UTC(2026, 0, 1);

export const ran = (typed: string, fromMs: number, toMs: number, exit = 0): Ran => ({ typed, exit, stdout: "", stderr: "", startedAt: ZERO + fromMs, endedAt: ZERO + toMs });

/** There so many milliseconds after the rollback's start, and asked for 10 ms before. */
export const answer = (ms: number, instance: string, version: string | undefined, outcome: Answer["outcome"] = "ok"): Answer => ({ sentAt: ZERO + ms - 10, at: ZERO + ms, instance, version, outcome });

/**
 * Two instances, the second a canary: it has a share from 6 to 4 seconds before the rollback. Both are pinned to 2.0.0 two
 * seconds before it, and back 300 and 400 ms after its start.
 */
export const facts = (changed: Partial<Facts> = {}): Facts => ({
  service: "shop",
  instances: ["shop-1", "shop-2"],
  answers: [
    answer(-6400, "shop-1", "1.0.0"),
    answer(-5600, "shop-2", "2.0.0"),
    answer(-5500, "shop-2", "2.0.0", "error"),
    answer(-5400, "shop-1", "1.0.0"),
    answer(-5300, "shop-1", "1.0.0"),
    answer(-3950, "shop-2", "2.0.0"),
    answer(-2400, "shop-1", "1.0.0"),
    answer(-900, "shop-1", "2.0.0", "error"),
    answer(-800, "shop-2", "2.0.0"),
    answer(50, "shop-2", "2.0.0", "error"),
    answer(300, "shop-1", "1.0.0"),
    answer(400, "shop-2", "1.0.0"),
    answer(600, "shop-1", "1.0.0"),
  ],
  shift: ran("rollpin route shift shop 2.0.0 25%", -6000, -5800),
  back: ran("rollpin route shift shop --back", -4000, -3800),
  pin: ran("rollpin pin shop 2.0.0", -2000, -1000),
  rollback: ran("rollpin rollback shop", 0, 450),
  committedAt: { back: ZERO - 3900, rollback: ZERO + 100 },
  running: { "1.0.0": 2 },
  verdict: "condemned",
  ...changed,
});
