import type { Head, Revision } from "../../model/records.ts";
import type { TreeHead } from "../../model/tree.ts";

export interface Comparison {
  readonly service: string;
  /** In the tree. */
  readonly exported: TreeHead;
  readonly head: Head;
  /** Consul's entry of the revision that the tree has; undefined where it is no longer kept, or wasn't read. */
  readonly entry: Revision | undefined;
}

/** Why what Consul holds is no continuation of what the tree holds: a sentence. Undefined where it is one. */
export function findDivergence({ entry, exported, head, service }: Comparison): string | undefined {
  const { plan, revision } = exported;
  if (head.revision < revision) return `${service} is at revision ${revision} there, and Consul only at ${head.revision}: was Consul restored? Settle that first ("rollpin restore accept ${service}" or "rollpin restore reassert ${service}"; after a loss, "rollpin import")`;
  const there = head.revision === revision ? head.plan : entry?.plan;
  if (there === undefined || there === plan) return undefined;
  return `revision ${revision} of ${service} is of plan ${plan} there, and of plan ${there} in Consul: another Consul, or one whose history was replaced`;
}
