import { fillIn } from "../../../core/config/placeholders.ts";
import type { Aim } from "./determine-load.ts";

/** A share with six digits: what reads such tags takes a decimal number. */
const DIGITS = 1_000_000;

export function fillTags(tags: readonly string[], { share, weight }: Aim, { track, version }: { readonly version: string; readonly track: string }): readonly string[] {
  const values = { weight: String(weight), share: String(Math.round(share * DIGITS) / DIGITS), version, track };
  return tags.map((tag) => fillIn(tag, values));
}
