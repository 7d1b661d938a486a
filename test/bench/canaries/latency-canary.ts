import { compareLatencyHistograms } from "../../../core/decide/judge/compare-latency-histograms.ts";
import type { Histogram } from "../../../core/decide/judge/histogram.ts";
import { groupHistograms } from "../../../core/decide/judge/histogram-groups.ts";
import { normalTail } from "../../../core/decide/judge/normal-tail.ts";
import { pick, seededRandom } from "../../support/random.ts";
import { type Random, drawPoisson } from "./draw.ts";
import { CONFIDENCE } from "./judges.ts";
import { rankSumTail } from "./rank-sum-tail.ts";
import { PARTS, type Traffic } from "./traffic.ts";

/** Seconds, each half as much again as the one before. */
const BOUNDS = [...Array.from({ length: 16 }, (_, at) => 0.005 * 1.5 ** at), Infinity];
/** Latencies are log-normal: half take longer than this, and a sixth more than 1.8 times as long. */
const MEDIAN_S = 0.08;
const SPREAD = 0.6;

/** How likely a measurement falls into each bucket, where all take `slower` times as long. */
function bucketParts(slower: number): readonly number[] {
  const above = BOUNDS.map((bound) => (bound === Infinity ? 0 : normalTail(Math.log(bound / (MEDIAN_S * slower)) / SPREAD)));
  return above.map((part, at) => (at === 0 ? 1 : (above[at - 1] ?? 1)) - part);
}

function measureMore(random: Random, counts: number[], parts: readonly number[], mean: number): void {
  let more = 0;
  for (const [at, part] of parts.entries()) {
    more += drawPoisson(random, mean * part);
    counts[at] = (counts[at] ?? 0) + more;
  }
}

export interface LatencyAlarms {
  readonly worse: number;
  /** When half of all canaries were called worse; undefined where fewer ever were. */
  readonly medianS: number | undefined;
  /** By Mann-Whitney at the stated level at every look, as if it were the only one. */
  readonly atEveryLook: number;
}

/** Parts of all canaries that were called worse at any look, where the suspect takes `slower` times as long as its baseline. */
export function countLatencyAlarms(traffic: Traffic, { canaries, effect, seed, slower }: { readonly slower: number; readonly effect: number; readonly canaries: number; readonly seed: number }): LatencyAlarms {
  const random = seededRandom(seed);
  const [slow, usual] = [bucketParts(slower), bucketParts(1)];
  const times: number[] = [];
  let peeked = 0;
  for (let at = 0; at < canaries; at += 1) {
    const part = pick(random, PARTS);
    const [suspect, baseline]: readonly [Counted, Counted] = [countNone(), countNone()];
    let [foundAtS, isPeeked]: [number | undefined, boolean] = [undefined, false];
    for (let atS = traffic.everyS; atS <= traffic.lastsS && (foundAtS === undefined || !isPeeked); atS += traffic.everyS) {
      measureMore(random, suspect.counts, slow, traffic.perSecond * traffic.everyS * part);
      measureMore(random, baseline.counts, usual, traffic.perSecond * traffic.everyS * (1 - part));
      if (foundAtS === undefined && compareLatencyHistograms(suspect, baseline, { confidence: CONFIDENCE, effect, minSamples: 0 }).says === "worse") foundAtS = atS;
      isPeeked ||= rankSumTail(groupHistograms(suspect, baseline, 1 + effect)) <= 1 - CONFIDENCE;
    }
    if (foundAtS !== undefined) times.push(foundAtS);
    peeked += isPeeked ? 1 : 0;
  }
  times.sort((a, b) => a - b);
  return { worse: times.length / canaries, medianS: times[Math.ceil(canaries / 2) - 1], atEveryLook: peeked / canaries };
}

type Counted = Histogram & { readonly counts: number[] };

function countNone(): Counted {
  return { bounds: BOUNDS, counts: BOUNDS.map(() => 0) };
}
