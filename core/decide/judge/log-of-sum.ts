/** log(exp(a) + exp(b) + ...), where these would overflow. */
export function logOfSum(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  return Number.isFinite(largest) ? largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0)) : largest;
}
