import { KEPT_BACK_MARK, OFF_MARK } from "./port.ts";

/** It takes nothing, whatever its checks say: the mark comes with the registration, and the maintenance a moment later. */
export function isMarkedOff(meta: Readonly<Record<string, string>>): boolean {
  return meta[OFF_MARK] !== undefined;
}

/** Whether routes send nothing to one that is in a maintenance of rollpin's. */
export function isKeptBackByRoutes(meta: Readonly<Record<string, string>>): boolean {
  return !isMarkedOff(meta) || meta[KEPT_BACK_MARK] !== undefined;
}
