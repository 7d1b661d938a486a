import { seededRandom } from "../../support/random.ts";
import { drawBinomial } from "./draw.ts";
import { runCanary } from "./error-canary.ts";
import { chiSquareJudge, sequentialJudge, seriesJudge } from "./judges.ts";
import type { Traffic } from "./traffic.ts";

/** What part of the suspect's requests fails, beyond the baseline's. */
export const FAULTS = [0.005, 0.01, 0.05, 0.2] as const;
export const BASELINE_RATE = 0.001;
/** What part of the requests the suspect gets. */
export const PART = 0.1;

/** Parts of all canaries, and seconds since their first request. */
export interface Detection {
  readonly detected: number;
  /** When half of all canaries, and nine in ten, were called worse; undefined where fewer ever were. */
  readonly medianS: number | undefined;
  readonly ninetyS: number | undefined;
  /** Found by Mann-Whitney of the series, at any of its looks. */
  readonly bySeries: number;
  /** Found by one chi-square test at the end: what can be found if nobody looks before. */
  readonly atEnd: number;
}

export function measureDetection(traffic: Traffic, { canaries, effect, fault, seed }: { readonly fault: number; readonly effect: number; readonly canaries: number; readonly seed: number }): Detection {
  const random = seededRandom(seed);
  const times: number[] = [];
  let [bySeries, atEnd] = [0, 0];
  for (let at = 0; at < canaries; at += 1) {
    const [isWorse, inSeries, inTotals] = [sequentialJudge(effect), seriesJudge(traffic.lastsS), chiSquareJudge()];
    let foundAtS: number | undefined;
    let [isInSeries, isInTotals] = [false, false];
    runCanary(random, { traffic, part: PART, rates: () => ({ suspect: BASELINE_RATE + fault, baseline: BASELINE_RATE }) }, (look) => {
      if (foundAtS === undefined && isWorse(look)) foundAtS = look.atS;
      isInSeries ||= inSeries(look);
      isInTotals = inTotals(look);
      return "go on";
    });
    if (foundAtS !== undefined) times.push(foundAtS);
    bySeries += isInSeries ? 1 : 0;
    atEnd += isInTotals ? 1 : 0;
  }
  times.sort((a, b) => a - b);
  return { detected: times.length / canaries, medianS: times[Math.ceil(canaries * 0.5) - 1], ninetyS: times[Math.ceil(canaries * 0.9) - 1], bySeries: bySeries / canaries, atEnd: atEnd / canaries };
}

/** From one look to the next, so much more was seen. */
const GROWTH = 1.05;
const FIRST_REQUESTS = 5;

/** How many requests the suspect had answered when it was called worse, ascending; of those that were, up to `most` requests. */
export function requestsUntilFound(fault: number, effect: number, { canaries, most, seed }: { readonly canaries: number; readonly most: number; readonly seed: number }): readonly number[] {
  const random = seededRandom(seed);
  const found: number[] = [];
  for (let at = 0; at < canaries; at += 1) {
    const isWorse = sequentialJudge(effect);
    const [suspect, baseline] = [{ errors: 0, requests: 0 }, { errors: 0, requests: 0 }];
    for (let requests = FIRST_REQUESTS; requests <= most; requests = Math.ceil(requests * GROWTH)) {
      const [more, others] = [requests - suspect.requests, Math.round(requests * (1 / PART - 1)) - baseline.requests];
      suspect.errors += drawBinomial(random, more, BASELINE_RATE + fault);
      baseline.errors += drawBinomial(random, others, BASELINE_RATE);
      suspect.requests += more;
      baseline.requests += others;
      if (!isWorse({ counts: { suspect, baseline } })) continue;
      found.push(requests);
      break;
    }
  }
  return found.sort((a, b) => a - b);
}
