/** Draws from a seeded generator of numbers from 0 up to 1. */
export type Random = () => number;

/** From here on a normal draw, rounded, does for how many requests come in: nothing that is judged depends on that. */
const MANY = 200;

/** How many requests come in where `mean` do on average. */
export function drawPoisson(random: Random, mean: number): number {
  if (mean > MANY) return Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(random)));
  const end = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > end; product *= random()) count += 1;
  return count;
}

/** How many of `requests` fail, exactly: from one failure to the next, the gap is geometric. */
export function drawBinomial(random: Random, requests: number, rate: number): number {
  if (rate <= 0) return 0;
  if (rate > 0.5) return requests - drawBinomial(random, requests, 1 - rate);
  const perGap = Math.log1p(-rate);
  let failures = 0;
  for (let at = gap(random, perGap); at <= requests; at += gap(random, perGap)) failures += 1;
  return failures;
}

function gap(random: Random, perGap: number): number {
  return 1 + Math.floor(Math.log(1 - random()) / perGap);
}

export function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
