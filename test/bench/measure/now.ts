/** Milliseconds of CLOCK_MONOTONIC, which every process of a Linux machine shares. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
