import { KEPT_BACK_MARK, OFF_MARK } from "./port.ts";

/** What an instance in a maintenance of rollpin's is to whoever routes: one that routes send nothing to would do well; one that can't read its data wouldn't. */
export function inOwnMaintenance(meta: Readonly<Record<string, string>>): { readonly passing: boolean; readonly keptBack: boolean } {
  const isOff = meta[OFF_MARK] !== undefined;
  return { passing: !isOff, keptBack: !isOff || meta[KEPT_BACK_MARK] !== undefined };
}
