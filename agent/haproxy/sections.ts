import { join } from "node:path";
import type { HaproxyRouterSettings } from "../../core/config/router-settings.ts";

export const mapNames = ["runs", "rules", "sticky"] as const;
/**
 * `rules`: which rule a request meets. `sticky`: what of it is hashed. `runs`: which slots go to which backend, for each
 * rule and for where none matches.
 */
export type MapName = (typeof mapNames)[number];

/** What rollpin's part of HAProxy's configuration is called by. */
export interface Sections {
  /** Also the frontend's name. */
  readonly prefix: string;
  readonly config: string;
  readonly maps: Readonly<Record<MapName, string>>;
  /** Which agent has this part. */
  readonly claim: string;
  /** Who takes a kind of instances, one for each kind that is named by routes. */
  readonly backends: readonly string[];
}

/** `folder` is absolute. */
export function sectionsOf({ backends, name, upstream }: HaproxyRouterSettings, folder: string): Sections {
  const prefix = `rollpin.${upstream}${name === undefined ? "" : `.${name}`}`;
  const file = (end: string): string => join(folder, `${prefix}.${end}`);
  return {
    prefix,
    config: file("cfg"),
    claim: file("lock"),
    maps: { runs: file("runs.map"), rules: file("rules.map"), sticky: file("sticky.map") },
    backends: Array.from({ length: backends }, (_, index) => `${prefix}:${index + 1}`),
  };
}
