import type { ServiceFacts } from "../../model/facts.ts";
import { isImported } from "../../model/imported-release.ts";
import type { Refusal } from "../../model/plan.ts";
import type { Release } from "../../model/records.ts";
import { type Result, err, ok } from "../../model/result.ts";
import type { TreeService } from "../../model/tree.ts";
import { canonical } from "../digest.ts";

/** The releases of a tree that Consul lacks. What is registered there with other content is never changed. */
export function determineMissingReleases({ releases, service }: ServiceFacts, tree: TreeService): Result<readonly Release[], Refusal> {
  const missing: Release[] = [];
  const different: string[] = [];
  for (const [version, release] of tree.releases) {
    const there = releases.get(version)?.value;
    if (there === undefined) missing.push(release);
    else if (canonical(there) === canonical(release) || isImported(release)) continue;
    else if (isImported(there)) missing.push(release);
    else different.push(version);
  }
  if (different.length === 0) return ok(missing);
  const first = different[0] ?? "";
  return err({ kind: "refused", check: "registered", service, message: `${different.join(", ")} of ${service} ${different.length === 1 ? "is" : "are"} registered in Consul with other content than the tree has, and a release never changes: compare "rollpin release show ${service} ${first}", and put what it says into the tree` });
}
