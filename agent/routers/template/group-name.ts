import { sha256 } from "../../../core/decide/digest.ts";
import type { Destination } from "../../../core/decide/routing/routing-facts.ts";

/**
 * What a kind of instances is called in a rendered file: `checkout_1.4.2`, `checkout_1.4.2_green`, `checkout` (any of them),
 * `checkout__green`. Of `a-z`, `0-9` and `. _ -` alone, the same for the same kind, and unlike any other even where case
 * doesn't count, as in nginx.
 */
export function groupName({ service, track, version }: Destination): string {
  const full = [service, version ?? "", track ?? ""].join("_").replace(/_+$/, "");
  // No service or track has a "_".
  const isPlain = /^[a-z0-9._-]+$/.test(full) && version?.includes("_") !== true;
  return isPlain ? full : `${full.toLowerCase().replace(/[^a-z0-9._-]/g, "-")}_${sha256(full).slice(0, 8)}`;
}

const LONGEST_WORD = 24;

/** A service's name as a part of a variable's, of which nginx takes 46 characters or so. */
export function wordOf(service: string): string {
  const word = service.replaceAll("-", "_");
  return word.length <= LONGEST_WORD ? word : `${word.slice(0, LONGEST_WORD - 9)}_${sha256(service).slice(0, 8)}`;
}
