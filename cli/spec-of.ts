/** From what was asked, as a plan file or an operation keeps it, to how its verb plans it. */
import type { Asked } from "../core/model/requests.ts";
import type { AskedBy, AskedSpec } from "./change-spec.ts";

type SpecOf<V extends Asked["verb"]> = (asked: AskedBy<V>) => AskedSpec;

/** Loaded when one is needed, as each verb is. */
const specs: { readonly [V in Asked["verb"]]: () => Promise<{ readonly specOf: SpecOf<V> }> } = {
  pin: () => import("./verbs/pin.ts"),
  unpin: () => import("./verbs/unpin.ts"),
  config: () => import("./verbs/config.ts"),
  pace: () => import("./verbs/pace.ts"),
  routes: () => import("./verbs/route.ts"),
  shift: () => import("./verbs/route.ts"),
  failover: () => import("./verbs/failover.ts"),
  rollback: () => import("./verbs/rollback.ts"),
  restart: () => import("./verbs/restart.ts"),
};

export async function specOf(asked: Asked): Promise<AskedSpec> {
  const { specOf: own } = await specs[asked.verb]();
  return (own as SpecOf<Asked["verb"]>)(asked);
}
