/** Stirling's series from here on: its first term left out is below 1e-13. */
const LARGE = 10;
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** The logarithm of the gamma function, for x > 0. Abramowitz & Stegun 6.1.41, and 6.1.15 for what is small. */
function logGamma(x: number): number {
  let [shifted, product] = [x, 1];
  for (; shifted < LARGE; shifted += 1) product *= shifted;
  const inverse = 1 / (shifted * shifted);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / shifted;
  return (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LOG_TWO_PI + series - Math.log(product);
}

/** The logarithm of the beta function, for a, b > 0. */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}
