import type { Tally } from "../proxy/tally.ts";
import type { Observed } from "./observed.ts";
import { parseServerName } from "./server-name.ts";

/** Adds what HAProxy's servers have answered since they were looked at last. A count that fell began anew. */
export function followAnswers(tally: Tally): (observed: Observed) => void {
  let former = new Map<string, number>();
  return ({ backends }) => {
    const now = new Map<string, number>();
    for (const [backend, servers] of backends) {
      for (const { answered, name } of servers) {
        for (const [kind, count] of Object.entries(answered)) {
          const key = `${backend}/${name} ${kind}`;
          const last = former.get(key) ?? 0;
          now.set(key, count);
          const more = count < last ? count : count - last;
          if (more > 0) tally.answered(parseServerName(name)?.version ?? name, Number(kind[0]) * 100, more);
        }
      }
    }
    former = now;
  };
}
