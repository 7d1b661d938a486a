import { parseVersion, quoteForPerson } from "../model/names.ts";
import { type Result, err } from "../model/result.ts";

/** Where a registration in Consul's catalog says its version: a Meta key, or a tag such as `v{{version}}`. */
export type CatalogVersionSource = { readonly meta: string } | { readonly tag: string };

/** What a registration tells of itself. */
export interface Tells {
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, string>>;
}

const PLACEHOLDER = "{{version}}";

/** The fault is a sentence's end: why it can't be told. */
export function readCatalogVersion({ meta, tags }: Tells, source: CatalogVersionSource): Result<string, string> {
  if ("meta" in source) {
    const text = Object.hasOwn(meta, source.meta) ? meta[source.meta] : undefined;
    return text === undefined ? err(`its registration has no Meta "${source.meta}"`) : parseVersion(text.trim());
  }
  const [before = "", after = ""] = source.tag.split(PLACEHOLDER);
  const fitting = tags.filter((tag) => tag.length > before.length + after.length && tag.startsWith(before) && tag.endsWith(after));
  const versions = [...new Set(fitting.map((tag) => tag.slice(before.length, tag.length - after.length)))].filter((text) => parseVersion(text).ok);
  const [only, ...others] = versions;
  if (only === undefined) return err(`its registration has no tag like "${source.tag}"`);
  return others.length === 0 ? parseVersion(only) : err(`its registration has several tags like "${source.tag}": ${versions.join(", ")}`);
}

/** A tag's pattern holds `{{version}}` once, and something besides. */
export function parseTagPattern(text: string): Result<string, string> {
  const parts = text.split(PLACEHOLDER);
  return parts.length === 2 && text.length > PLACEHOLDER.length ? { ok: true, value: text } : err(`${quoteForPerson(text)} is no pattern of a tag: write {{version}} once and something besides, such as "v{{version}}" or "version={{version}}"`);
}
