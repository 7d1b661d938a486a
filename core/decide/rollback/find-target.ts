import { findAt, findRevision } from "./kept-revision.ts";
import { findNamed, findTrack } from "./named-version.ts";
import { findFormerText } from "./former-text.ts";
import { findStepsBack, findTrusted } from "./trusted-version.ts";
import { type FoundTarget, type Search, refuseTarget } from "./target.ts";

/** Finds where one service goes back to. */
export function findTarget(search: Search): FoundTarget {
  const { target, only } = search.request;
  const part = only === "config" || only === "routes" ? only : undefined;
  switch (target.kind) {
    case "default":
      return part === undefined ? findTrusted(search) : findFormerText(search, part, 1);
    case "steps":
      return part === undefined ? findStepsBack(search, target.steps) : findFormerText(search, part, target.steps);
    case "version":
      return withSource(search, findNamed(search, target.text));
    case "track":
      return withSource(search, findTrack(search, target.track));
    case "at":
      return findAt(search, target.at);
    case "revision":
      return findRevision(search, target.revision);
  }
}

/** `--only config --to 1.4.0` means the config that went with 1.4.0, so there must be one. */
function withSource({ known, request }: Search, found: FoundTarget): FoundTarget {
  const { only } = request;
  if (!found.ok || found.value.source !== undefined || (only !== "config" && only !== "routes")) return found;
  return refuseTarget(known.facts.service, "target", `${request.track} of ${known.facts.service} was never pinned to ${found.value.version} in the kept history, so it has no ${only} to go back to`);
}
