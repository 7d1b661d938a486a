/** Who is killed when, and for how long it is away: drawn from a seed, then done. */
import { systemClock } from "../../../core/clock.ts";
import { pick } from "../../support/random.ts";

export const VICTIMS = ["guard", "consul", "prometheus", "alertmanager", "broker"] as const;
export type Victim = (typeof VICTIMS)[number];

export interface Strike {
  readonly victim: Victim;
  /** From the change on. */
  readonly atMs: number;
  readonly awayMs: number;
}

/** SIGKILL, and back with whatever it had kept. */
export type Target = { readonly kill: () => Promise<void>; readonly start: () => Promise<void> };

const LATEST_MS = 8_000;
const LONGEST_AWAY_MS = 8_000;

/** One at least of `first`, so that each comes up equally often; every other one with some chance beside it. */
export function drawStrikes(random: () => number, first: Victim): readonly Strike[] {
  const others = VICTIMS.filter((victim) => victim !== first && random() < 0.25);
  return [first, ...others].map((victim) => ({ victim, atMs: Math.round(random() * LATEST_MS), awayMs: pick(random, [0, 500, Math.round(random() * LONGEST_AWAY_MS)]) }));
}

/** Resolves when all are back. */
export async function strike(strikes: readonly Strike[], targetOf: (victim: Victim) => Target): Promise<void> {
  await Promise.all(
    strikes.map(async ({ atMs, awayMs, victim }) => {
      await systemClock.sleep(atMs);
      const target = targetOf(victim);
      await target.kill();
      await systemClock.sleep(awayMs);
      await target.start();
    }),
  );
}
