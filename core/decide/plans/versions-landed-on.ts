import { type DesiredState, type Part, isPinPart, readPart } from "../../model/desired.ts";
import { NO_PIN } from "../../model/pin.ts";

/** What pins among these parts are moved to, each once. */
export function versionsLandedOn(changed: readonly Part[], after: DesiredState): readonly string[] {
  const versions = changed.filter(isPinPart).map((part) => readPart(after, part));
  return [...new Set(versions)].filter((version) => version !== undefined && version !== NO_PIN) as string[];
}
