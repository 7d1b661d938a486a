import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { ProcessDeps } from "./deps.ts";
import { readArtifactPattern, versionPath } from "../releases/find-artifacts.ts";
import { describeStray, locate } from "../releases/stray.ts";
import { overlaps, resolveInvocation } from "./launch.ts";

/** Whether the version could be started here, as far as that can be told without starting it. */
export async function checkArtifact(deps: Pick<ProcessDeps, "settings" | "folder" | "linksInto">, version: string): Promise<Result<void, string>> {
  const { settings, folder } = deps;
  // Any port will do to look at paths.
  const invocation = resolveInvocation(settings, folder, { version, port: overlaps(settings) ? 1 : settings.port });
  if (!invocation.ok) return invocation;
  const { program, directory } = invocation.value;
  const stray = await findStray(deps, directory, version);
  if (stray !== undefined) return err(`version ${version} can't run here: ${stray}`);
  const isFolder = await stat(directory).then((found) => found.isDirectory(), () => false);
  if (!isFolder) return err(`version ${version} can't run here: there is no folder ${directory}; deliver it first`);
  // Without a slash it is looked up on PATH, when it is started.
  if (!isAbsolute(program)) return ok(undefined);
  const isProgram = await access(program, constants.X_OK).then(() => true, () => false);
  return isProgram ? ok(undefined) : err(`version ${version} can't run here: ${program} isn't there, or isn't executable; deliver it first`);
}

/** Wherever the file puts a version into a path: a link in its place must not lead elsewhere. */
async function findStray({ settings, folder, linksInto }: Pick<ProcessDeps, "settings" | "folder" | "linksInto">, directory: string, version: string): Promise<string | undefined> {
  const [program = "", ...rest] = settings.command;
  const places = [...[settings.directory ?? "", ...onlyPaths([program])].map((text) => ({ text, from: folder })), ...onlyPaths(rest).map((text) => ({ text: pathIn(text), from: directory }))];
  const patterns = places.filter(({ text }) => text.includes("{{version}}")).map(({ from, text }) => readArtifactPattern(text, from));
  for (const pattern of patterns) {
    const path = versionPath(pattern, version);
    const found = await locate(path, [pattern.folder, ...linksInto]);
    if (found?.isInside === false) return describeStray(path, found.target, pattern.folder);
  }
  return undefined;
}

const onlyPaths = (words: readonly string[]): readonly string[] => words.filter((word) => word.includes("/"));

/** Of `--root=./releases/{{version}}`, what stands behind the sign. */
function pathIn(argument: string): string {
  return argument.slice(argument.lastIndexOf("=", argument.indexOf("{{version}}")) + 1);
}
