import { type Shares, weightOf } from "../../../core/decide/routing/share-out.ts";
import { type CheckedEndpoint, NEUTRAL_WEIGHT } from "../../../core/store/port.ts";
import { routedInstance } from "../../../core/decide/routing/routing-facts.ts";

export interface LoadFacts {
  /** Undefined: there are no routes, and every instance asks for the same. */
  readonly shares: Shares | undefined;
  /** The instance as it is, or is about to be. */
  readonly own: { readonly id: string; readonly version: string; readonly track: string };
  /** As the catalog shows them, this one among them. */
  readonly instances: readonly CheckedEndpoint[];
  /** Others were waited for long enough. */
  readonly isOverdue: boolean;
}

export interface Aim {
  readonly weight: number;
  readonly isKeptBack: boolean;
  /** Of all traffic; 0 where there are no routes, too. */
  readonly share: number;
}

export interface Decided {
  readonly aim: Aim;
  /** Why it asks for what it did until others are there; undefined where it asks for what it aims at. */
  readonly waits: string | undefined;
}

/**
 * How much one instance asks for. Every agent decides for its own, by what it sees of the others. Nobody commands them, so what
 * holds on the way is an order: who is to take more never waits for who is to take less; who is to take nothing any more goes
 * when the others are shown, and never as the last.
 */
export function determineLoad(facts: LoadFacts): Decided {
  const aim = aimAt(facts);
  return { aim, waits: determineWait(facts, aim) };
}

function aimAt({ own, shares }: LoadFacts): Aim {
  if (shares === undefined) return { weight: NEUTRAL_WEIGHT, isKeptBack: false, share: 0 };
  const share = shares.of(own);
  const weight = weightOf(share, shares.largest);
  return { weight: Math.max(NEUTRAL_WEIGHT, weight), isKeptBack: weight === 0, share };
}

function determineWait({ instances, isOverdue, own, shares }: LoadFacts, aim: Aim): string | undefined {
  const shown = instances.find(({ id }) => id === own.id);
  const others = instances.filter(({ id, passing }) => passing && id !== own.id);
  if (shares !== undefined && aim.isKeptBack) return shown?.keptBack === true ? undefined : waitForHeirs(others.filter((other) => shareOf(other, shares) > 0), isOverdue);
  if (isOverdue || shown?.passing !== true) return undefined;
  if (shares === undefined) return waitForSmaller(others, shown);
  if (aim.share >= shares.largest) return undefined;
  return waitForLargest(others.filter((other) => shareOf(other, shares) >= shares.largest), shown);
}

function waitForHeirs(heirs: readonly CheckedEndpoint[], isOverdue: boolean): string | undefined {
  const open = heirs.filter(isOpen);
  if (open.length === 0) return "none of the instances that are to take over is shown in the catalog, and this one isn't taken out as the last";
  if (open.length < heirs.length && !isOverdue) return `${heirs.length - open.length} of ${heirs.length} instances that are to take over aren't shown in the catalog yet`;
  return undefined;
}

/** Without routes all have a weight of 1, and beside that any other is nearly all: who is to have the most takes it first. */
function waitForLargest(largest: readonly CheckedEndpoint[], shown: CheckedEndpoint): string | undefined {
  if (isOpen(shown) && weightShown(shown) > NEUTRAL_WEIGHT) return undefined;
  return largest.every((other) => isOpen(other) && weightShown(other) > NEUTRAL_WEIGHT) ? undefined : "instances that are to take more don't ask for it yet";
}

/** And gives it up last. */
function waitForSmaller(others: readonly CheckedEndpoint[], shown: CheckedEndpoint): string | undefined {
  const smaller = others.some((other) => isOpen(other) && weightShown(other) > NEUTRAL_WEIGHT && weightShown(other) < weightShown(shown));
  return smaller ? "instances that had less still ask for that" : undefined;
}

const isOpen = ({ keptBack }: CheckedEndpoint): boolean => keptBack !== true;
const weightShown = ({ weight = NEUTRAL_WEIGHT }: CheckedEndpoint): number => weight;
const shareOf = (endpoint: CheckedEndpoint, shares: Shares): number => shares.of(routedInstance(endpoint.meta, true));
