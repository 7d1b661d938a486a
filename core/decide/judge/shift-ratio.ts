/** Steps of the search: a ten-thousandth of the ratio, between a millionth and a million. */
const STEPS = 40;
const FARTHEST = 1e6;

/**
 * How many times as long the suspect's take, by the middle of all pairs' ratios: Hodges and Lehmann's estimate, of the logarithms.
 * J. L. Hodges, E. L. Lehmann, "Estimates of location based on rank tests", Ann. Math. Statist. 34 (1963), 598-611.
 */
export function shiftRatio(suspect: readonly number[], baseline: readonly number[]): number {
  const [ordered, against] = [suspect.toSorted((a, b) => a - b), baseline.toSorted((a, b) => a - b)];
  // Of an even number of pairs, two are in the middle: the middle lies between them.
  const lower = edgeOf((ratio) => balanceAt(ordered, against, ratio) > 0);
  const upper = edgeOf((ratio) => balanceAt(ordered, against, ratio) >= 0);
  return Math.sqrt(lower * upper);
}

/** Where `isBelow` ends. */
function edgeOf(isBelow: (ratio: number) => boolean): number {
  let [low, high] = [1 / FARTHEST, FARTHEST];
  for (let step = 0; step < STEPS; step += 1) {
    const middle = Math.sqrt(low * high);
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
  return Math.sqrt(low * high);
}

/** Pairs whose ratio is above `ratio`, less those whose ratio is below. Both sides ascend, so that two fingers go along once. */
function balanceAt(suspect: readonly number[], baseline: readonly number[], ratio: number): number {
  let [below, upTo, balance] = [0, 0, 0];
  for (const value of suspect) {
    while (below < baseline.length && (baseline[below] ?? 0) * ratio < value) below += 1;
    while (upTo < baseline.length && (baseline[upTo] ?? 0) * ratio <= value) upTo += 1;
    balance += below - (baseline.length - upTo);
  }
  return balance;
}
