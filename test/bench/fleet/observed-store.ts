/** A store that tells what an agent asks of Consul, request by request. */
import type { Operation, Store } from "../../../core/store/port.ts";

export interface Requests {
  /** Answers of blocking queries that came because something below the folder has a new index; not those at the end of a wait. */
  woken: number;
  /** `get`, `list` and `keys`. */
  reads: number;
  transactions: number;
}

export interface StoreObserver {
  /** A transaction was acknowledged. */
  onWritten?(operations: readonly Operation[]): void;
  /** Just before it is sent. */
  onWriting?(operations: readonly Operation[]): void;
}

export function observeStore(store: Store, observer: StoreObserver = {}): { readonly store: Store; readonly requests: Requests } {
  const requests: Requests = { woken: 0, reads: 0, transactions: 0 };
  const counted = <R>(answer: R): R => {
    requests.reads += 1;
    return answer;
  };
  const observed: Store = {
    ...store,
    get: (key, options) => counted(store.get(key, options)),
    list: (folder, options) => counted(store.list(folder, options)),
    keys: (folder, options) => counted(store.keys(folder, options)),
    async block(folder, afterIndex, options) {
      const outcome = await store.block(folder, afterIndex, options);
      // An index of 0 asks for what is there: nothing woke that query.
      if (afterIndex > 0 && outcome.ok && outcome.value.queryIndex !== afterIndex) requests.woken += 1;
      return outcome;
    },
    async transact(operations, options) {
      requests.transactions += 1;
      observer.onWriting?.(operations);
      const outcome = await store.transact(operations, options);
      if (outcome.ok) observer.onWritten?.(operations);
      return outcome;
    },
  };
  return { store: observed, requests };
}
