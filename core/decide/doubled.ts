/** `first`, doubled so many times, and never above `longest`: pauses between tries, in milliseconds. Jitter is the caller's. */
export function doubled(first: number, times: number, longest: number): number {
  return Math.min(longest, first * 2 ** times);
}
