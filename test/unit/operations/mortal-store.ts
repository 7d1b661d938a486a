import { breakLock } from "../../../core/operations/journal/hold-operation.ts";
import type { MemoryWorld } from "../../../core/store/memory.ts";
import type { Store } from "../../../core/store/port.ts";

export interface Dying {
  readonly world: MemoryWorld;
  /** The operation's. */
  readonly id: string;
  readonly at: number;
  readonly when: "before" | "after";
}

class Death extends Error {}

/** Whether that is what ended it: anything else is a bug. */
export function isDeath(thrown: unknown): true {
  if (thrown instanceof Death) return true;
  throw thrown;
}

/** A client that dies at its n-th transaction: before it is sent, or after it was done. */
export function mortal(client: Store, at: number, when: "before" | "after"): Store {
  let left = at;
  const alive = <T>(call: () => Promise<T>): Promise<T> => (left > 0 ? call() : Promise.reject(new Death("dead")));
  const { sessions } = client;
  return {
    ...client,
    get: (key, options) => alive(() => client.get(key, options)),
    list: (folder, options) => alive(() => client.list(folder, options)),
    keys: (folder, options) => alive(() => client.keys(folder, options)),
    sessions: { create: (options) => alive(() => sessions.create(options)), renew: (session, options) => alive(() => sessions.renew(session, options)), destroy: (session, options) => alive(() => sessions.destroy(session, options)) },
    transact: (operations, options) =>
      alive(async () => {
        left -= 1;
        if (left > 0) return client.transact(operations, options);
        if (when === "after") await client.transact(operations, options);
        throw new Death("dead");
      }),
  };
}

/** What runs on a client of its own dies in the operation's n-th transaction, and an operator takes its lock: its session outlives it for a while. False where it never came so far. */
export async function dieAt({ world, id, at, when }: Dying, run: (mortalStore: Store) => Promise<unknown>): Promise<boolean> {
  const died = await run(mortal(world.client(), at, when)).then(() => false, isDeath);
  await breakLock(world.client(), id);
  return died;
}
