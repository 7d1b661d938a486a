import type { Nemesis } from "./nemesis.ts";

/** The agent's next report goes over it. */
export const garbageRecord: Nemesis = {
  inflict: ({ agent, world }) => world.consul.kv.put(`rollpin/instances/${agent.service}/${agent.instance}`, '{"revision": "many", '),
  heal: () => undefined,
};
