import type { CallOptions, Store } from "../../core/store/port.ts";
import type { SessionKeeper } from "./session.ts";

export interface NameClaimDeps {
  readonly store: Store;
  /** Of the instance's record. */
  readonly key: string;
  readonly session: Pick<SessionKeeper, "known">;
  /** Another agent's session holds the record, or does no longer. */
  readonly onTaken: (isTaken: boolean) => void;
}

/** Whose an instance's name is: that agent's whose session holds its record. */
export interface NameClaim {
  isTaken(): boolean;
  /** Asks Consul; what can't be read takes nothing. */
  look(options: CallOptions): Promise<void>;
  /** The record is held by this agent. */
  won(): void;
}

export function createNameClaim({ key, onTaken, session, store }: NameClaimDeps): NameClaim {
  let isTaken = false;
  const set = (next: boolean): void => {
    if (next === isTaken) return;
    isTaken = next;
    onTaken(next);
  };
  return {
    isTaken: () => isTaken,
    async look(options) {
      const entry = await store.get(key, options);
      set(entry.ok && entry.value?.session !== undefined && entry.value.session !== session.known());
    },
    won: () => set(false),
  };
}
