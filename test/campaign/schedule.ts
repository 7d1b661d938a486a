import { pick, seededRandom } from "../support/random.ts";

export const faultKinds = [
  "kill-agent", "kill-service", "kill-group", "kill-consul", "kill-leader", "kill-cli",
  "pause-agent", "pause-service", "pause-consul",
  "cut-road", "slow-road", "black-hole",
  "garbage-pin", "garbage-record", "garbage-head", "garbage-pace", "garbage-file",
  "restore-snapshot", "revoke-token", "full-disk", "read-only-disk", "clock-ahead", "clock-behind", "upgrade-agent",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export const actionKinds = ["pin", "config", "rollback", "group-rollback", "undo", "restart", "freeze", "unfreeze", "pace", "condemn", "clear", "local-pin", "local-unpin", "hand-flip"] as const;
export type ActionKind = (typeof actionKinds)[number];

/** What an operator does while the fault strikes. Which service and version is drawn here too, so that a seed says all. */
export interface Action {
  readonly kind: ActionKind;
  readonly service: string;
  readonly version: string;
}

export interface Fault {
  readonly number: number;
  readonly kind: FaultKind;
  /** Index among the agents. */
  readonly agent: number;
  /** From the start of the action to the fault, and from there to its mending. */
  readonly afterMs: number;
  readonly holdMs: number;
  readonly action: Action;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly faults: number;
  readonly agents: number;
  readonly services: readonly [string, ...string[]];
  readonly versions: readonly [string, ...string[]];
}

/** The same options give the same list. */
export function planSchedule({ agents, faults, seed, services, versions }: ScheduleOptions): readonly Fault[] {
  const random = seededRandom(seed);
  return Array.from({ length: faults }, (_, at) => ({
    number: at + 1,
    kind: pick(random, faultKinds),
    agent: Math.floor(random() * agents),
    afterMs: Math.floor(random() * 700),
    holdMs: 200 + Math.floor(random() * 1_300),
    action: { kind: pick(random, actionKinds), service: pick(random, services), version: pick(random, versions) },
  }));
}

const ROUND = 25;

/** Faults in the order drawn, in rounds that are checked by themselves. */
export function roundsOf(schedule: readonly Fault[]): readonly (readonly Fault[])[] {
  return Array.from({ length: Math.ceil(schedule.length / ROUND) }, (_, at) => schedule.slice(at * ROUND, (at + 1) * ROUND));
}
