import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { ProcessDeps } from "./deps.ts";
import { overlaps, resolveInvocation } from "./launch.ts";

/** Whether the version could be started here, as far as that can be told without starting it. */
export async function checkArtifact({ settings, folder }: ProcessDeps, version: string): Promise<Result<void, string>> {
  // Any port will do to look at paths.
  const invocation = resolveInvocation(settings, folder, { version, port: overlaps(settings) ? 1 : settings.port });
  if (!invocation.ok) return invocation;
  const { program, directory } = invocation.value;
  const isFolder = await stat(directory).then((found) => found.isDirectory(), () => false);
  if (!isFolder) return err(`version ${version} can't run here: there is no folder ${directory}; deliver it first`);
  // Without a slash it is looked up on PATH, when it is started.
  if (!isAbsolute(program)) return ok(undefined);
  const isProgram = await access(program, constants.X_OK).then(() => true, () => false);
  return isProgram ? ok(undefined) : err(`version ${version} can't run here: ${program} isn't there, or isn't executable; deliver it first`);
}
