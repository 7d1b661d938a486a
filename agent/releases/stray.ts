/**
 * A version from Consul names an artifact in the folder of releases and nowhere else. A link there that leads out of it is
 * followed only into folders that the agent's own file names. What a release links to inside itself is its own business.
 */
import { realpath } from "node:fs/promises";
import { sep } from "node:path";

/** Something where an artifact should be that really lies elsewhere. */
export interface Stray {
  readonly version: string;
  /** A sentence: where it leads to, and what to do. */
  readonly why: string;
}

/** Where `path` really lies, and whether that is inside one of `homes`; undefined where nothing is there. */
export async function locate(path: string, homes: readonly string[]): Promise<{ readonly target: string; readonly isInside: boolean } | undefined> {
  const [target, ...real] = await Promise.all([realpath(path).catch(() => undefined), ...homes.map((home) => realpath(home).catch(() => home))]);
  return target === undefined ? undefined : { target, isInside: real.some((home) => target.startsWith(home.endsWith(sep) ? home : home + sep)) };
}

export function describeStray(path: string, target: string, folder: string): string {
  return `${path} leads to ${target}, outside of ${folder}, and is left alone: put the release itself there, or name the folder that its links may lead into under "releases: {linksInto: [...]}" in the agent's file`;
}
