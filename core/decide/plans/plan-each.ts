import type { ServiceFacts } from "../../model/facts.ts";
import type { Check, Migration, Plan, Refusal, ServicePlan } from "../../model/plan.ts";
import { type Result, ok } from "../../model/result.ts";
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

/** What all services of a plan add to it. */
export interface Shares {
  readonly services: readonly ServicePlan[];
  readonly checks: readonly Check[];
  readonly notes: readonly string[];
  /** Absent where nothing is migrated. */
  readonly migrations?: readonly Migration[];
}

/** Every service's share, or the first refusal. `still`: why nothing changes of those of which nothing does. */
export function gatherShares(facts: readonly ServiceFacts[], shareOf: (known: KnownService) => Result<ServiceShare, Refusal>): Result<Shares & { readonly still: readonly string[] }, Refusal> {
  const shares: ServiceShare[] = [];
  for (const one of facts) {
    const known = knownService(one);
    if (!known.ok) return known;
    const share = shareOf(known.value);
    if (!share.ok) return share;
    shares.push(share.value);
  }
  const migrations = shares.flatMap(({ migration }) => migration ?? []);
  return ok({
    services: shares.flatMap(({ plan }) => plan ?? []),
    checks: shares.flatMap(({ checks }) => checks),
    notes: shares.flatMap(({ notes }) => notes),
    ...(migrations.length === 0 ? {} : { migrations }),
    still: shares.flatMap(({ still }) => still ?? []),
  });
}

/** `common` are checks of the whole. One plan of every service's share, or the first refusal. Where nothing changes at all, the notes say why. */
export function planEach(kind: Plan["kind"], facts: readonly ServiceFacts[], shareOf: (known: KnownService) => Result<ServiceShare, Refusal>, common: readonly Check[] = []): Planned {
  const gathered = gatherShares(facts, shareOf);
  if (!gathered.ok) return gathered;
  const { still, ...shares } = gathered.value;
  return shares.services.length === 0 ? nothingToChange(tellFew([...still, ...shares.notes])) : assemblePlan({ kind, ...shares, checks: [...common, ...shares.checks] });
}
