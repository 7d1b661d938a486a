import { sayPart } from "./say-part.ts";

/** `2.0.0 failed 12 of 400 (3%)`. Prometheus extrapolates, so that its counts aren't whole. */
export function sayFailed(version: string, { errors, requests }: { readonly errors: number; readonly requests: number }): string {
  return `${version} failed ${Math.round(errors)} of ${Math.round(requests)}${requests === 0 ? "" : ` (${sayPart(errors / requests)})`}`;
}

/** When the baseline was counted: in the same time as the suspect, or before it came. */
export const sayWhen = (isBeside: boolean): string => (isBeside ? "beside it" : "before it");

/** By how much one is worse, and how sure that is. */
export const sayMargin = (effect: number, confidence: number): string => `by more than ${sayPart(effect)}, at ${sayPart(confidence)} confidence`;
