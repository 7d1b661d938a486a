/** Below, the series converges quickly; above, the continued fraction does. */
const FAR = 2.5;
const TERMS = 60;

/** How likely a standard normal value is above z, with a small relative error far out too. Abramowitz & Stegun 26.2.11 and 26.2.14. */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  return z < FAR ? 0.5 - density * centralSeries(z) : density / (z + tailFraction(z));
}

function centralSeries(z: number): number {
  let [term, sum] = [z, z];
  for (let odd = 3; odd < 2 * TERMS; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return sum;
}

/** 1/(z + 2/(z + 3/(z + ...))), from within. */
function tailFraction(z: number): number {
  let fraction = 0;
  for (let at = TERMS; at >= 1; at -= 1) fraction = at / (z + fraction);
  return fraction;
}
