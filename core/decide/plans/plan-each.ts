import type { ServiceFacts } from "../../model/facts.ts";
import type { Check, Migration, Plan, Refusal, ServicePlan } from "../../model/plan.ts";
import type { Result } from "../../model/result.ts";
import { type Planned, assemblePlan, nothingToChange } from "./assemble-plan.ts";
import { type KnownService, knownService } from "./service-change.ts";

/** What one service adds to a plan over several. */
export interface ServiceShare {
  /** Undefined where nothing of it changes. */
  readonly plan: ServicePlan | undefined;
  readonly migration?: Migration | undefined;
  readonly checks: readonly Check[];
  readonly notes: readonly string[];
  /** Why nothing of it changes: told where nothing of any does. */
  readonly still?: string | undefined;
}

/** Of a whole fleet. */
const MOST_TOLD = 10;

function tellFew(sentences: readonly string[]): string {
  const more = sentences.length - MOST_TOLD;
  return more > 0 ? `${sentences.slice(0, MOST_TOLD).join("; ")}; and ${more} more` : sentences.join("; ");
}

/** `common` are checks of the whole. One plan of every service's share, or the first refusal. Where nothing changes at all, the notes say why. */
export function planEach(kind: Plan["kind"], facts: readonly ServiceFacts[], shareOf: (known: KnownService) => Result<ServiceShare, Refusal>, common: readonly Check[] = []): Planned {
  const services: ServicePlan[] = [];
  const checks: Check[] = [...common];
  const notes: string[] = [];
  const migrations: Migration[] = [];
  const still: string[] = [];
  for (const one of facts) {
    const known = knownService(one);
    if (!known.ok) return known;
    const share = shareOf(known.value);
    if (!share.ok) return share;
    if (share.value.plan !== undefined) services.push(share.value.plan);
    if (share.value.migration !== undefined) migrations.push(share.value.migration);
    checks.push(...share.value.checks);
    notes.push(...share.value.notes);
    still.push(...(share.value.still === undefined ? [] : [share.value.still]));
  }
  return services.length === 0 ? nothingToChange(tellFew([...still, ...notes])) : assemblePlan({ kind, services, checks, notes, ...(migrations.length === 0 ? {} : { migrations }) });
}
