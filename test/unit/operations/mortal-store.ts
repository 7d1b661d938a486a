import type { Store } from "../../../core/store/port.ts";

class Death extends Error {}

/** A client that dies at its n-th transaction: before it is sent, or after it was done. */
function mortal(client: Store, at: number, when: "before" | "after"): Store {
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

/** Whether what runs on that client came to its death. */
export function diesAt(client: Store, at: number, when: "before" | "after", run: (mortalStore: Store) => Promise<unknown>): Promise<boolean> {
  return run(mortal(client, at, when)).then(() => false, (thrown: unknown) => {
    if (thrown instanceof Death) return true;
    throw thrown;
  });
}
