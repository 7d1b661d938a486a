import { basename, join } from "node:path";
import type { ConfigError } from "../../core/config/config-error.ts";
import type { Release } from "../../core/model/records.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { readPlainFile } from "../files/plain-file.ts";
import { locate } from "./stray.ts";

const NAMES = ["release.yaml", "release.yml", "release.json"] as const;
const LARGEST = 1024 * 1024;

/** What the artifact at `path` says about itself: the release file inside where it is a folder that has one, else no more than its version. */
export async function readReleaseFor(version: string, path: string): Promise<Result<Release, readonly ConfigError[]>> {
  for (const name of NAMES) {
    const file = join(path, name);
    // The release itself may be a link.
    const found = await locate(file, [path]);
    if (found?.isInside === false) return err([problem(file, `it is a link to ${found.target}, outside of its release: put the file itself there`)]);
    const read = await readReleaseFile(file);
    if (read === undefined) continue;
    if (!read.ok || read.value.version === version) return read;
    return err([problem(file, `it says version ${read.value.version}, but lies in the folder of ${version}: mend one of them`)]);
  }
  return ok({ version });
}

/** Undefined where there is no such file. */
export async function readReleaseFile(file: string): Promise<Result<Release, readonly ConfigError[]> | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  if (!text.ok) return err([problem(file, text.fault)]);
  const { parseReleaseFile } = await import("../../core/config/parse-release-file.ts");
  return parseReleaseFile(text.value, basename(file));
}

async function readText(file: string): Promise<Result<string, string> | undefined> {
  try {
    return await readPlainFile(file, async (handle, found) => {
      if (!found.isFile()) return err("it is no file");
      return found.size > LARGEST ? err(`it is ${found.size} bytes long; the limit is ${LARGEST}`) : ok(await handle.readFile("utf8"));
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : err(`it can't be read: ${message}`);
  }
}

function problem(file: string, message: string): ConfigError {
  return { message, path: "", file: basename(file), line: 1, column: 1 };
}
