import { normalTail } from "../../../core/decide/judge/normal-tail.ts";
import { type RankSum, rankSum } from "../../../core/decide/judge/rank-sum.ts";
import type { TiedGroup } from "../../../core/decide/judge/tied-groups.ts";

/** Up to so many measurements all ways to deal them to the two sides are counted; with more, the normal distribution is as good. */
const EXACT_UP_TO = 40;

/** How likely u is as great as it is, or greater, where both sides are alike: exact for few measurements, ties and all. */
export function rankSumTail(groups: readonly TiedGroup[]): number {
  const sum = rankSum(groups);
  if (sum.suspects === 0 || sum.baselines === 0) return 1;
  const isFew = sum.suspects + sum.baselines <= EXACT_UP_TO && groups.every(({ baseline, suspect }) => Number.isInteger(baseline) && Number.isInteger(suspect));
  return isFew ? exactTail(groups, sum) : approximateTail(sum);
}

/** With half a step for continuity. All tied: there is no greater. */
function approximateTail({ deviation, mean, u }: RankSum): number {
  return deviation === 0 ? 1 : normalTail((u - mean - 0.5) / deviation);
}

/**
 * Given how the measurements are tied, every choice of which are the suspect's is as likely. The choices are counted by how many
 * are taken and by twice their u, group after group.
 */
function exactTail(groups: readonly TiedGroup[], { suspects, u }: RankSum): number {
  let ways: readonly (readonly number[])[] = [[1]];
  let before = 0;
  for (const group of groups) {
    const size = group.suspect + group.baseline;
    ways = afterGroup(ways, size, before, suspects);
    before += size;
  }
  const last = ways[suspects] ?? [];
  const [all, asGreat] = [sumOf(last), sumOf(last.slice(Math.round(2 * u)))];
  return asGreat / all;
}

/** `ways[taken][twice u]`, before and after one more group, of which any number may be the suspect's. */
function afterGroup(ways: readonly (readonly number[])[], size: number, before: number, most: number): readonly (readonly number[])[] {
  const after: number[][] = Array.from({ length: Math.min(most, before + size) + 1 }, () => []);
  for (const [taken, counts] of ways.entries()) {
    for (let more = 0; more <= size && taken + more <= most; more += 1) {
      // Each of these is above all of the baseline's before, and tied with this group's.
      const gained = more * (2 * (before - taken) + (size - more));
      addShifted(after[taken + more] ?? [], counts, gained, choose(size, more));
    }
  }
  return after;
}

function addShifted(target: number[], counts: readonly number[], by: number, times: number): void {
  while (target.length < counts.length + by) target.push(0);
  for (const [at, count] of counts.entries()) target[at + by] = (target[at + by] ?? 0) + count * times;
}

function choose(size: number, taken: number): number {
  let ways = 1;
  for (let at = 1; at <= taken; at += 1) ways = (ways * (size - taken + at)) / at;
  return Math.round(ways);
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
