/** Which versions can be run here: those for which the artifact pattern names something that exists. */
import { readdir, stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { fillIn } from "../../core/config/placeholders.ts";
import { parseVersion } from "../../core/model/names.ts";
import { type Result, err, ok } from "../../core/model/result.ts";

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

/** A folder that isn't there holds no versions. The fault is a sentence. */
export async function findArtifacts(pattern: ArtifactPattern): Promise<Result<FoundArtifacts, string>> {
  const names = await namesIn(pattern.folder);
  if (!names.ok) return names;
  const candidates = names.value.filter((name) => !name.startsWith(".") && fits(name, pattern)).map((name) => name.slice(pattern.before.length, name.length - pattern.after.length));
  const valid = candidates.filter((candidate) => parseVersion(candidate).ok);
  const present = await Promise.all(valid.map(async (version) => ((await exists(artifactPath(pattern, version))) ? [version] : [])));
  return ok({ versions: present.flat().sort(), ignored: candidates.length - valid.length });
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

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}
