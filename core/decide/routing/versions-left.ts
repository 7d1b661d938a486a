import { type DesiredState, pinOf } from "../../model/desired.ts";
import { NO_PIN } from "../../model/pin.ts";

/** More than anybody leaves between two looks at the routes; the oldest go first. */
const MOST = 16;

/**
 * Versions that pins have left while the routes that may name them stayed as they were: in those routes such a name means
 * the pin. `former` are those that were left before. Whoever writes the routes has said anew what is meant; and what is
 * pinned again isn't left any more.
 */
export function versionsLeft(former: readonly string[], before: DesiredState, after: DesiredState): readonly string[] {
  if (after.routes === undefined || after.routes !== before.routes) return [];
  const pinned = new Set(Object.values(after.pins));
  const versions = Object.keys(before.pins).flatMap((track) => pinOf(before, track) ?? []);
  return [...new Set([...former, ...versions])].filter((version) => version !== NO_PIN && !pinned.has(version)).slice(-MOST);
}
