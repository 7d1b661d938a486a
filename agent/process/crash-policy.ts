/** How a crash is answered. Pure. */
import { doubled } from "../../core/decide/doubled.ts";

export interface CrashLimits {
  /** More than this many within the window is a crash loop. */
  readonly crashes: number;
  readonly crashWindow: number;
}

export type CrashAnswer = { readonly kind: "restart"; readonly delayMs: number } | { readonly kind: "stall"; readonly crashes: number };

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 30_000;

/**
 * `crashedAt` holds the time of every crash, the newest last and equal to `now`; `random` is from 0 to below 1.
 * The delay doubles with each crash in the window, and stays short enough for a crash loop to be noticed as one.
 */
export function answerCrash(crashedAt: readonly number[], now: number, limits: CrashLimits, random: number): CrashAnswer {
  const recent = crashedAt.filter((at) => now - at < limits.crashWindow).length;
  if (recent > limits.crashes) return { kind: "stall", crashes: recent };
  const longest = Math.min(LONGEST_DELAY_MS, limits.crashWindow / (2 * (limits.crashes + 1)));
  const full = doubled(FIRST_DELAY_MS, recent - 1, longest);
  return { kind: "restart", delayMs: Math.round(full * (0.5 + random / 2)) };
}
