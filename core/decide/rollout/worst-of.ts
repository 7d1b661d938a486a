import type { Finding } from "../guard/judge.ts";

const ORDER: Readonly<Record<Finding["kind"], number>> = { bad: 0, "not-the-release": 1, "no-data": 2, well: 4 };

/** Of what was found on several tracks, what counts for all of them. Undefined of nothing. */
export function worstOf<T extends { readonly finding: Finding | undefined }>(judged: readonly T[]): T | undefined {
  return judged.toSorted((a, b) => rank(a) - rank(b))[0];
}

function rank({ finding }: { readonly finding: Finding | undefined }): number {
  return finding === undefined ? 3 : ORDER[finding.kind];
}
