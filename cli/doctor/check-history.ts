import { describeStoreFault } from "../../core/model/fault.ts";
import { KEPT_REVISIONS, parseKeptRevisions } from "../../core/model/kept-revisions.ts";
import { entryText } from "../../core/store/entry-text.ts";
import { keptRevisionsKey } from "../../core/store/keys.ts";
import { type Finding, type Patient, fine, problem, warning } from "./finding.ts";

/** How much of history is kept. */
export async function checkHistory({ store, signal }: Patient): Promise<readonly Finding[]> {
  const entry = await store.get(keptRevisionsKey, { signal });
  const key = `${store.prefix}/${keptRevisionsKey}`;
  if (!entry.ok) return [warning("history", `${describeStoreFault(entry.fault)}: whoever can't read it prunes nothing`, `let this token read ${key}`)];
  if (entry.value === undefined) return [fine("history", `${KEPT_REVISIONS} revisions of each service are kept`)];
  const kept = parseKeptRevisions(entryText(entry.value));
  if (!kept.ok) return [problem("history", `${key} can't be read, so nothing is pruned: ${kept.fault}`, `say how many with \`rollpin history --keep ${KEPT_REVISIONS}\``)];
  return [fine("history", `${kept.value} revisions of each service are kept`)];
}
