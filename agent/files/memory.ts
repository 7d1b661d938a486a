import { type Clock, isoTime } from "../../core/clock.ts";
import type { AppliedState } from "../loop/determine-step.ts";
import type { KnownIntent } from "../loop/loop-state.ts";
import { type LastKnownGood, type Owner, writeLastKnownGood } from "./last-known-good.ts";

export interface MemoryDeps {
  readonly folder: string;
  readonly owner: Owner;
  readonly clock: Clock;
  readonly initial: LastKnownGood | undefined;
  /** The disk refused: full, read-only. The agent goes on; only a restart without Consul would suffer. */
  readonly onFault: (message: string) => void;
}

export interface Memory {
  remembered(): LastKnownGood | undefined;
  /** Known at once, on disk soon: one write at a time, the newest wins. */
  remember(applied: AppliedState, intent: KnownIntent): void;
  /** Resolves when what is known is on disk, or could not be written. */
  flush(): Promise<void>;
}

/** The last known good in memory and on disk. */
export function createMemory(deps: MemoryDeps): Memory {
  let latest = deps.initial;
  let saved = deps.initial;
  let saving: Promise<void> | undefined;

  const save = async (): Promise<void> => {
    // The report of what was applied leaves first: it is waited for.
    await deps.clock.sleep(0);
    for (let value = latest; value !== undefined && value !== saved; value = latest) {
      try {
        await writeLastKnownGood(deps.folder, value);
      } catch (error) {
        deps.onFault(`last-known-good.json could not be written to ${deps.folder}: ${error instanceof Error ? error.message : String(error)}; free or mount the disk, or this agent can't start without Consul`);
      }
      saved = value;
    }
    saving = undefined;
  };

  return {
    remembered: () => latest,
    remember(applied, { state }) {
      latest = { format: 1, ...deps.owner, revision: applied.revision, digest: applied.digest, state, at: isoTime(deps.clock.now()) };
      saving ??= save();
    },
    flush: () => saving ?? Promise.resolve(),
  };
}
