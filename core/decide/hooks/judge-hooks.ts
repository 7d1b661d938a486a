import type { Way } from "../../model/hook-records.ts";
import type { Check, Migration } from "../../model/plan.ts";

/** Who has the right to run a service's hooks, and what of them can be asked. */
export interface HooksOffer {
  /** The instance whose agent lives and leads. */
  readonly leader: string;
  readonly migrate: readonly Way[];
}

/** Before anything is done: whether somebody is there who can take each service's data where the plan needs it. */
export function judgeHooks(migrations: readonly Migration[], offers: ReadonlyMap<string, HooksOffer | undefined>): readonly Check[] {
  return migrations.map(({ from, service, to }): Check => {
    const way = from > to ? "down" : "up";
    const offer = offers.get(service);
    const needs = `to take the data of ${service} from schema ${from} to ${to}`;
    if (offer === undefined) return { name: "hooks", service, result: "refused", detail: `no agent that lives may run hooks.migrate.${way} of ${service}, ${needs}: start one that has it in its file, with a token that may hold locks/hooks/${service}` };
    if (!offer.migrate.includes(way)) return { name: "hooks", service, result: "refused", detail: `the file of ${offer.leader}'s agent, which runs the hooks of ${service}, has no hooks.migrate.${way}, ${needs}: add it` };
    return { name: "hooks", service, result: "passed", detail: `${offer.leader} runs hooks.migrate.${way} ${needs}; once it has begun, the operation can only be finished` };
  });
}
