/** Tells others what the guard found and did: in order, again where it didn't work, and never so that the guard waits for it. */
import { doubled } from "../../../core/decide/doubled.ts";
import type { NotifyTarget } from "../../../core/config/notify-settings.ts";
import type { GuardAction } from "../../../core/model/guard-records.ts";
import type { Log } from "../../log.ts";
import { type Counted, createCounted } from "../guard-figures.ts";
import { createSignalFlag } from "../../loop/signal-flag.ts";
import { type DeliverDeps, deliver } from "./deliver.ts";

export interface Notifier {
  tell(action: GuardAction): void;
  /** The newest action of the service that everybody was told, or was given up on; 0 before the first. */
  told(service: string): number;
  /** By whom, and what became of it: `told`, `failed` (a try), `given-up`, `dropped`. */
  readonly results: Counted;
  /** How many actions each of them is yet to be told of. */
  waiting(): ReadonlyMap<string, number>;
  run(signal: AbortSignal): Promise<void>;
}

export interface NotifierDeps extends DeliverDeps {
  readonly targets: readonly NotifyTarget[];
  readonly log: Log;
}

/** For each of those that are told. More are found by nobody in that time, unless something is badly wrong. */
const MOST_WAITING = 100;
const TRIES = 6;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

export function createNotifier(deps: NotifierDeps): Notifier {
  const results = createCounted();
  const lines = deps.targets.map((target) => createLine(target, results, deps));
  return {
    results,
    waiting: () => new Map(lines.map(({ name }) => [name, lines.filter((line) => line.name === name).reduce((sum, { waiting }) => sum + waiting.length, 0)])),
    tell(action) {
      for (const line of lines) line.add(action);
    },
    told: (service) => Math.min(...lines.map((line) => line.told.get(service) ?? 0)),
    async run(signal) {
      await Promise.all(lines.map((line) => line.run(signal)));
    },
  };
}

/** What waits for one of them, in the order in which it happened. */
function createLine(target: NotifyTarget, results: Counted, { log, ...deps }: NotifierDeps) {
  const name = "command" in target ? target.command[0] ?? "" : new URL(target.webhook).host;
  const flag = createSignalFlag();
  const waiting: GuardAction[] = [];
  const told = new Map<string, number>();
  const warn = ({ action, suspect }: GuardAction, message: string): void => log.warn({ event: "notify", guarded: suspect.service, action }, message);
  const tryAll = async (action: GuardAction, signal: AbortSignal): Promise<void> => {
    for (let tried = 1; ; tried += 1) {
      const done = await deliver(target, action, deps, signal);
      if (signal.aborted) return;
      results.add(name, done.ok ? "told" : tried === TRIES ? "given-up" : "failed");
      if (done.ok) return;
      if (tried === TRIES) return warn(action, `${name} could not be told of action ${action.action} in ${TRIES} tries, and is not any more: ${done.fault}`);
      if (tried === 1) warn(action, `${name} could not be told of action ${action.action}: ${done.fault}; it is tried again`);
      await deps.clock.sleep(doubled(FIRST_PAUSE_MS, tried - 1, LONGEST_PAUSE_MS), signal);
    }
  };
  return {
    name,
    waiting,
    told,
    add(action: GuardAction) {
      const dropped = waiting.length >= MOST_WAITING ? waiting.shift() : undefined;
      if (dropped !== undefined) {
        results.add(name, "dropped");
        warn(dropped, `${name} is not told of action ${dropped.action}: ${MOST_WAITING} newer ones wait`);
      }
      waiting.push(action);
      flag.raise();
    },
    async run(signal: AbortSignal) {
      while (!signal.aborted) {
        const next = waiting[0];
        if (next === undefined) {
          await flag.wait(signal);
          continue;
        }
        await tryAll(next, signal);
        if (signal.aborted) return;
        if (waiting[0] === next) waiting.shift();
        told.set(next.suspect.service, Math.max(told.get(next.suspect.service) ?? 0, next.action));
      }
    },
  };
}
