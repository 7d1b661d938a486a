/** Measurements in ascending order, in groups of which nobody can tell which is greater: equal ones, or those of one bucket. Buckets are divided, so counts needn't be whole. */
export interface TiedGroup {
  readonly suspect: number;
  readonly baseline: number;
}

/** The groups of two samples; the suspect's are divided by `factor` first. Compared as single floats, so that 11 / 1.1 is tied with 10. */
export function groupSamples(suspect: readonly number[], baseline: readonly number[], factor: number): readonly TiedGroup[] {
  const ordered = [...suspect.map((value) => ({ value: Math.fround(value / factor), side: "suspect" as const })), ...baseline.map((value) => ({ value: Math.fround(value), side: "baseline" as const }))].sort((a, b) => a.value - b.value);
  const groups: { suspect: number; baseline: number }[] = [];
  let last: number | undefined;
  for (const { side, value } of ordered) {
    if (value !== last) groups.push({ suspect: 0, baseline: 0 });
    const group = groups.at(-1);
    if (group !== undefined) group[side] += 1;
    last = value;
  }
  return groups;
}
