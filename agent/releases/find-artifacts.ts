/** Which versions can be run here: those for which the artifact pattern names something that exists. */
import { readdir } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import type { AgentFile } from "../../core/config/agent-file.ts";
import { fillIn } from "../../core/config/placeholders.ts";
import { parseVersion } from "../../core/model/names.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type Stray, describeStray, locate } from "./stray.ts";

export interface ArtifactPattern {
  /** The folder in which versions are looked for. */
  readonly folder: string;
  /** What stands before and after the version in a name. */
  readonly before: string;
  readonly after: string;
  /** Absolute, with `{{version}}` in it. */
  readonly whole: string;
}

export interface FoundArtifacts {
  /** Sorted by their characters; order by semver is the reader's business. */
  readonly versions: readonly string[];
  /** Links out of the folder: no artifacts. */
  readonly strays: readonly Stray[];
  /** Names in the folder that fit the pattern but are no versions. */
  readonly ignored: number;
}

const PLACEHOLDER = "{{version}}";
/** A folder with more is no folder of releases. */
const MOST_NAMES = 10_000;

/** `pattern` holds `{{version}}` once (the agent's file is checked for that); relative to `folder`. */
export function readArtifactPattern(pattern: string, folder: string): ArtifactPattern {
  const whole = resolve(folder, pattern);
  const at = whole.indexOf(PLACEHOLDER);
  const start = whole.lastIndexOf(sep, at) + 1;
  const next = whole.indexOf(sep, at);
  const end = next === -1 ? whole.length : next;
  return { folder: whole.slice(0, start - 1) || sep, before: whole.slice(start, at), after: whole.slice(at + PLACEHOLDER.length, end), whole };
}

/** Where a version's artifact lies. The version must have been parsed, so that it can't leave its segment. */
export function artifactPath(pattern: ArtifactPattern, version: string): string {
  return fillIn(pattern.whole, { version });
}

/** Absolute: folders into which a link in place of a version may lead. */
export function linkHomes({ linksInto }: AgentFile["releases"], folder: string): readonly string[] {
  return linksInto.map((path) => resolve(folder, path));
}

/** The part of that path which a version from Consul chooses: what lies deeper belongs to the release. */
export function versionPath({ after, before, folder }: ArtifactPattern, version: string): string {
  return join(folder, fillIn(`${before}${PLACEHOLDER}${after}`, { version }));
}

/** A folder that isn't there holds no versions. Links may lead into `linksInto`. The fault is a sentence. */
export async function findArtifacts(pattern: ArtifactPattern, linksInto: readonly string[]): Promise<Result<FoundArtifacts, string>> {
  const names = await namesIn(pattern.folder);
  if (!names.ok) return names;
  const candidates = names.value.filter((name) => !name.startsWith(".") && fits(name, pattern)).map((name) => name.slice(pattern.before.length, name.length - pattern.after.length));
  const valid = candidates.filter((candidate) => parseVersion(candidate).ok);
  const located = await Promise.all(valid.map(async (version) => ({ version, path: artifactPath(pattern, version), found: await locate(artifactPath(pattern, version), [pattern.folder, ...linksInto]) })));
  const present = located.flatMap(({ found, version }) => (found?.isInside === true ? [version] : []));
  const strays = located.flatMap(({ found, path, version }) => (found?.isInside === false ? [{ version, why: describeStray(path, found.target, pattern.folder) }] : []));
  return ok({ versions: present.sort(), strays, ignored: candidates.length - valid.length });
}

function fits(name: string, { before, after }: ArtifactPattern): boolean {
  return name.length > before.length + after.length && name.startsWith(before) && name.endsWith(after);
}

async function namesIn(folder: string): Promise<Result<readonly string[], string>> {
  try {
    const names = await readdir(folder);
    return names.length > MOST_NAMES ? err(`${folder} holds ${names.length} names; at most ${MOST_NAMES} are looked through: move old releases away`) : ok(names);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? ok([]) : err(`${folder} can't be looked through for releases: ${message}`);
  }
}
