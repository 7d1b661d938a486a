import type { Target } from "./nemesis.ts";
import { type Nemesis, NOTHING } from "./nemesis.ts";

interface Garbage {
  readonly key: (target: Target) => string;
  readonly value: string;
  /** Nobody but a person puts back what stood there, or removes it where nothing did. */
  readonly isPutBack?: boolean;
}

/** A hand writes nonsense into a key. What a plan or the agent's next report goes over isn't put back. */
function garbage({ isPutBack = false, key, value }: Garbage): Nemesis {
  return async (target) => {
    const { kv } = target.world.consul;
    const at = key(target);
    const former = await kv.get(at);
    await kv.put(at, value);
    if (!isPutBack) return NOTHING;
    return async () => {
      // A plan may have been there meanwhile.
      if ((await kv.get(at)) !== value) return;
      await (former === undefined ? kv.delete(at) : kv.put(at, former));
    };
  };
}

export const garbagePin = garbage({ key: ({ agent }) => `rollpin/desired/${agent.service}/pin`, value: "../../etc/passwd\u0000 $(reboot)" });
export const garbageRecord = garbage({ key: ({ agent }) => `rollpin/instances/${agent.service}/${agent.instance}`, value: '{"revision": "many", ' });
export const garbageHead = garbage({ key: ({ agent }) => `rollpin/desired/${agent.service}/head`, value: '{"revision": -7', isPutBack: true });
export const garbagePace = garbage({ key: ({ agent }) => `rollpin/desired/${agent.service}/pace`, value: "a few, but not on Fridays", isPutBack: true });
