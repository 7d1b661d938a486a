import type { Change } from "./applier.ts";

/** What a command learns of a change without reading JSON. Names and versions only: their grammars are safe in any shell. */
export function environmentOf(change: Change): Readonly<Record<string, string>> {
  return {
    ROLLPIN_SERVICE: change.service,
    ROLLPIN_INSTANCE: change.instance,
    ROLLPIN_TRACK: change.track,
    ROLLPIN_REVISION: String(change.revision),
    ROLLPIN_DIGEST: change.digest,
    ROLLPIN_VERSION: change.to.version ?? "",
    ROLLPIN_FROM_VERSION: change.from?.version ?? "",
    ...(change.restart ? { ROLLPIN_RESTART: "true" } : {}),
    ...(change.generation === undefined ? {} : { ROLLPIN_GENERATION: String(change.generation) }),
    ...(change.attempt === undefined ? {} : { ROLLPIN_ATTEMPT: String(change.attempt) }),
  };
}
