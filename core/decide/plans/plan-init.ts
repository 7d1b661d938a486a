import { NOTHING_DESIRED } from "../../model/desired.ts";
import { type Planned, assemblePlan } from "./assemble-plan.ts";

/** Makes a service known: its head at revision 0, with the digest of nothing. */
export function planInit(service: string): Planned {
  return assemblePlan({
    kind: "init",
    services: [{ service, why: "make the service known", before: NOTHING_DESIRED, after: NOTHING_DESIRED, recorded: false, writes: [], verdicts: [], overrides: [] }],
    checks: [],
  });
}
