import type { ConsulServer } from "../consul-server.ts";

/** Nothing in rollpin's values names the prefix, so that a copy of the keys is the same fleet. */
export async function copyKeys(consul: ConsulServer, from: string, to: string): Promise<void> {
  const keys = await consul.kv.list(`${from}/`);
  for (let place = 0; place < keys.length; place += 64) {
    const body = keys.slice(place, place + 64).map(({ key, value }) => ({ KV: { Verb: "set", Key: `${to}${key.slice(from.length)}`, Value: value.toString("base64") } }));
    await consul.http.json<unknown>("/v1/txn", { method: "PUT", body });
  }
}
