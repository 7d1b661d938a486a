import type { Release } from "./records.ts";

/** What `adopt` read off the catalog is all that it says: whoever knows more may say so, once. */
export const IMPORTED = { "rollpin/imported": "catalog" } as const;

export function isImported(release: Release): boolean {
  const { labels = {} } = release;
  return Object.keys(release).length === 2 && Object.keys(labels).length === 1 && labels["rollpin/imported"] === IMPORTED["rollpin/imported"];
}
