import type { TiedGroup } from "../../../core/decide/judge/tied-groups.ts";

/** The groups of two samples, whose equal measurements are tied. */
export function groupSamples(suspect: readonly number[], baseline: readonly number[]): readonly TiedGroup[] {
  const ordered = [...suspect.map((value) => ({ value, side: "suspect" as const })), ...baseline.map((value) => ({ value, side: "baseline" as const }))].sort((a, b) => a.value - b.value);
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
