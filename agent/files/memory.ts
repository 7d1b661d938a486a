import { type Clock, isoTime } from "../../core/clock.ts";
import type { AppliedState } from "../loop/determine-step.ts";
import type { KnownIntent } from "../loop/loop-state.ts";
import { describeRefusal } from "./disk-refusal.ts";
import { type LastKnownGood, type Owner, writeLastKnownGood } from "./last-known-good.ts";

export interface MemoryDeps {
  readonly folder: string;
  readonly owner: Owner;
  readonly clock: Clock;
  readonly initial: LastKnownGood | undefined;
  /** The disk refused: full, read-only. The agent goes on and tries again; only a restart without Consul would suffer. */
  readonly onFault: (message: string) => void;
}

export interface Memory {
  remembered(): LastKnownGood | undefined;
  /** Why what is remembered is not on disk, where the disk refused it. */
  fault(): string | undefined;
  /** Known at once, on disk soon, and without a pause where `hasSwitched`: one write at a time, the newest wins. */
  remember(applied: AppliedState, intent: KnownIntent, hasSwitched: boolean): void;
  /** Resolves when what is known is on disk, or could not be written. */
  flush(): Promise<void>;
}

/**
 * Where nothing was switched, what a crash would lose is a revision that Consul tells the next life again: that may wait
 * until the reports are out, those of a thousand others on the same machine too, and several revisions in a row cost one write.
 */
export const SAVE_PAUSE_MS = 2_000;

/** Between two tries where the disk refuses. */
export const SAVE_AGAIN_MS = 5_000;

/** The last known good in memory and on disk. */
export function createMemory(deps: MemoryDeps): Memory {
  let latest = deps.initial;
  let saved = deps.initial;
  let saving: Promise<void> | undefined;
  let hurry = (): void => undefined;
  /** Something was switched since the last save: it must outlive a cut in power. */
  let mustLast = false;
  let isFlushing = false;
  let fault: string | undefined;

  const pause = (ms: number): Promise<void> => {
    const hurried = new Promise<void>((resolve) => {
      hurry = resolve;
    });
    return Promise.race([deps.clock.sleep(ms), hurried]);
  };

  const saveOnce = async (value: LastKnownGood): Promise<void> => {
    const isLasting = mustLast;
    mustLast = false;
    try {
      await writeLastKnownGood(deps.folder, value, isLasting);
      saved = value;
      fault = undefined;
    } catch (error) {
      mustLast = isLasting;
      fault = `last-known-good.json could not be written to ${deps.folder}: ${describeRefusal(error)}; free or mount the disk, or this agent can't start without Consul`;
      deps.onFault(fault);
    }
  };

  const save = async (hasSwitched: boolean): Promise<void> => {
    if (!hasSwitched) await pause(SAVE_PAUSE_MS);
    // The report of what was applied leaves first: it is waited for.
    await deps.clock.sleep(0);
    for (let value = latest; value !== undefined && value !== saved; value = latest) {
      await saveOnce(value);
      if (fault === undefined) continue;
      if (isFlushing) break;
      await pause(SAVE_AGAIN_MS);
    }
    saving = undefined;
  };

  return {
    remembered: () => latest,
    fault: () => fault,
    remember(applied, intent, hasSwitched) {
      latest = lastKnownGood(deps.owner, applied, intent, deps.clock.now());
      if (hasSwitched) {
        mustLast = true;
        hurry();
      }
      saving ??= save(hasSwitched);
    },
    async flush() {
      isFlushing = true;
      hurry();
      await saving;
      isFlushing = false;
    },
  };
}

function lastKnownGood({ service, instance, track }: Owner, { digest, revision }: AppliedState, { mode, plan, state }: KnownIntent, now: number): LastKnownGood {
  return {
    format: 1,
    service,
    instance,
    track,
    revision,
    plan,
    mode,
    digest,
    state,
    // Written out when it is saved or asked for: every revision makes one, and a report waits for it.
    get at() {
      return isoTime(now);
    },
  };
}
