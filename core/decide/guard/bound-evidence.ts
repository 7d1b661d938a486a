import type { Reading, StoredReading } from "../../model/reading.ts";

/** Beside a plan, an action has to fit into one of Consul's transactions. */
const MOST_BYTES = 64 * 1024;
const LONGEST_SUMMARY = 2_048;

/** The same readings as records keep them, with the largest evidence left out, and said to be, until all of it fits. */
export function boundEvidence(readings: Readonly<Record<string, Reading>>, most = MOST_BYTES): Record<string, StoredReading> {
  const sizes = new Map(Object.entries(readings).map(([name, { evidence }]) => [name, Buffer.byteLength(JSON.stringify(evidence))]));
  let total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  const leftOut = new Set<string>();
  for (const [name, bytes] of [...sizes].sort(([, a], [, b]) => b - a)) {
    if (total <= most) break;
    leftOut.add(name);
    total -= bytes;
  }
  return Object.fromEntries(
    Object.entries(readings).map(([name, reading]) => {
      const evidence = leftOut.has(name) ? [{ kind: "left-out", bytes: sizes.get(name) ?? 0 }] : [...reading.evidence];
      return [name, { ...reading, summary: reading.summary.slice(0, LONGEST_SUMMARY), evidence }];
    }),
  );
}
