import type { Stretch } from "../../../core/decide/judge/stretches.ts";
import { type Random, drawBinomial, drawPoisson } from "./draw.ts";
import type { Traffic } from "./traffic.ts";

/** One look: everything that was counted since the canary began. */
export interface Look {
  readonly atS: number;
  readonly counts: Stretch;
}

export interface Canary {
  readonly traffic: Traffic;
  readonly part: number;
  /** What part of each side's requests fails, after so many seconds. */
  readonly rates: (atS: number) => { readonly suspect: number; readonly baseline: number };
}

/** Calls `look` whenever a look finds new requests, until it says that it has seen enough or the time is over. */
export function runCanary(random: Random, { part, rates, traffic }: Canary, look: (look: Look) => "enough" | "go on"): void {
  const suspect = { errors: 0, requests: 0 };
  const baseline = { errors: 0, requests: 0 };
  for (let atS = traffic.everyS; atS <= traffic.lastsS; atS += traffic.everyS) {
    const rate = rates(atS);
    const [more, others] = [drawPoisson(random, traffic.perSecond * traffic.everyS * part), drawPoisson(random, traffic.perSecond * traffic.everyS * (1 - part))];
    suspect.requests += more;
    suspect.errors += drawBinomial(random, more, rate.suspect);
    baseline.requests += others;
    baseline.errors += drawBinomial(random, others, rate.baseline);
    if (more + others > 0 && look({ atS, counts: { suspect: { ...suspect }, baseline: { ...baseline } } }) === "enough") return;
  }
}
