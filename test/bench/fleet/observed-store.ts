/** A store that tells what an agent asks of Consul, request by request. */
import type { Outcome } from "../../../core/model/fault.ts";
import type { Operation, Store } from "../../../core/store/port.ts";

export interface Requests {
  /** Answers of blocking queries that came because something below the folder has a new index; not those at the end of a wait. */
  woken: number;
  /** `get`, `list` and `keys`. */
  reads: number;
  transactions: number;
}

export interface StoreObserver {
  /** A request is sent, of whatever kind. */
  onAsked?(): void;
  /** It was answered, and not with a fault. */
  onAnswered?(about: "desired" | "session" | "other"): void;
  /** A transaction was acknowledged. */
  onWritten?(operations: readonly Operation[]): void;
  /** Just before it is sent. */
  onWriting?(operations: readonly Operation[]): void;
}

export function observeStore(store: Store, observer: StoreObserver = {}): { readonly store: Store; readonly requests: Requests } {
  const requests: Requests = { woken: 0, reads: 0, transactions: 0 };
  const told = async <T>(about: "desired" | "session" | "other", ask: () => Promise<Outcome<T>>): Promise<Outcome<T>> => {
    observer.onAsked?.();
    const outcome = await ask();
    if (outcome.ok) observer.onAnswered?.(about);
    return outcome;
  };
  const counted = <T>(about: "desired" | "other", ask: () => Promise<Outcome<T>>): Promise<Outcome<T>> => {
    requests.reads += 1;
    return told(about, ask);
  };
  const observed: Store = {
    ...store,
    get: (key, options) => counted("other", () => store.get(key, options)),
    list: (folder, options) => counted("desired", () => store.list(folder, options)),
    keys: (folder, options) => counted("other", () => store.keys(folder, options)),
    sessions: {
      ...store.sessions,
      create: (options) => told("session", () => store.sessions.create(options)),
      renew: (session, options) => told("session", () => store.sessions.renew(session, options)),
    },
    async block(folder, afterIndex, options) {
      const outcome = await told("desired", () => store.block(folder, afterIndex, options));
      // An index of 0 asks for what is there: nothing woke that query.
      if (afterIndex > 0 && outcome.ok && outcome.value.queryIndex !== afterIndex) requests.woken += 1;
      return outcome;
    },
    async transact(operations, options) {
      requests.transactions += 1;
      observer.onWriting?.(operations);
      const outcome = await told("other", () => store.transact(operations, options));
      if (outcome.ok) observer.onWritten?.(operations);
      return outcome;
    },
  };
  return { store: observed, requests };
}
