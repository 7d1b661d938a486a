/** Measurements in ascending order, in groups of which nobody can tell which is greater: those of one bucket. Buckets are divided, so counts needn't be whole. */
export interface TiedGroup {
  readonly suspect: number;
  readonly baseline: number;
}
