import type { Nemesis } from "./nemesis.ts";

/** Nothing is put back: the next plan goes over it. */
export const garbagePin: Nemesis = {
  inflict: ({ agent, world }) => world.consul.kv.put(`rollpin/desired/${agent.service}/pin`, "../../etc/passwd\u0000 $(reboot)"),
  heal: () => undefined,
};
