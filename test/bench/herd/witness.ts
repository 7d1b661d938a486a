import type { Clock } from "../../../core/clock.ts";

/** What one agent asked of Consul and when, and what was answered; monotonic milliseconds. */
export interface Witness {
  readonly asked: readonly number[];
  readonly answered: { readonly desired: readonly number[]; readonly session: readonly number[]; readonly other: readonly number[] };
  readonly onAsked: () => void;
  readonly onAnswered: (about: "desired" | "session" | "other") => void;
}

export function createWitness(clock: Pick<Clock, "monotonic">): Witness {
  const asked: number[] = [];
  const answered = { desired: [] as number[], session: [] as number[], other: [] as number[] };
  return {
    asked,
    answered,
    onAsked: () => void asked.push(clock.monotonic()),
    onAnswered: (about) => void answered[about].push(clock.monotonic()),
  };
}

const WINDOW_MS = 100;

/** How many fall in each 100 ms from 0 on. */
export function windowsOf(times: readonly number[]): readonly number[] {
  const counts = new Map<number, number>();
  for (const at of times) counts.set(Math.floor(at / WINDOW_MS), (counts.get(Math.floor(at / WINDOW_MS)) ?? 0) + 1);
  return Array.from({ length: Math.max(-1, ...counts.keys()) + 1 }, (_, window) => counts.get(window) ?? 0);
}

/** Not a number where one never came. */
export function mostInWindow(times: readonly number[]): number {
  return times.some(Number.isNaN) ? Number.NaN : Math.max(0, ...windowsOf(times));
}
