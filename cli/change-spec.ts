import type { PlanContext, Planned } from "../core/decide/plans/assemble-plan.ts";
import type { ServiceFacts } from "../core/model/facts.ts";
import type { Asked } from "../core/model/requests.ts";
import type { Operation } from "../core/store/port.ts";
import type { Failure } from "./ending.ts";
import type { ChangeFlags } from "./flags.ts";
import type { Looks } from "./gather-group.ts";

/** What a changing verb asks for; all else is the same for each of them. */
export interface ChangeSpec {
  readonly flags: ChangeFlags;
  readonly services: readonly string[];
  /** Whether a service without any key is a matter for `plan` too. */
  readonly evenUnknown?: boolean;
  /** How much history the decision needs; all that is kept unless given. */
  readonly history?: number;
  /** Also look at who could take the traffic now, and who sends it. */
  readonly traffic?: TrafficWanted | undefined;
  /** Absent where nobody else can be concerned, and nothing is read of others. */
  readonly group?: Looks | undefined;
  /** Where a plan that is printed can be made again by `rollpin apply`. */
  readonly asked?: Asked | undefined;
  /** Whether hands may be adopted into history first; yes unless given. Not where that alone would move what the plan has to be made from. */
  readonly adopts?: boolean | undefined;
  /** Done in the very transaction that commits it, by compare-and-set. */
  readonly beside?: readonly Operation[] | undefined;
  /** Of `apply`: why what was planned now isn't what was printed. */
  readonly compare?: ((planned: Planned, facts: readonly ServiceFacts[]) => Failure | undefined) | undefined;
  /** Pure: facts in, plan out. */
  plan(facts: readonly ServiceFacts[], context: PlanContext): Planned;
}

export type AskedBy<V extends Asked["verb"]> = Extract<Asked, { verb: V }>;

/** All that a verb decides from what was asked. */
export type AskedSpec = Omit<ChangeSpec, "flags">;

interface TrafficWanted {
  /** A failover's service, besides the one that the accepted routes name. */
  readonly failoverTo?: string | undefined;
  /** It is only told: a service without routers costs one request, and what can't be read stops nothing. */
  readonly optional?: boolean | undefined;
}
