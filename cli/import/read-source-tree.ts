import type { TreeFile } from "../../core/config/parse-tree.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type Failure, usage } from "../ending.ts";
import { kindOf } from "../git/repository.ts";
import type { Session } from "../session.ts";
import { readCommit } from "./read-commit.ts";
import { readFolder } from "./read-folder.ts";

export interface SourceTree {
  readonly files: readonly TreeFile[];
  /** Where it is of a commit that was named. */
  readonly commit: string | undefined;
}

/** A folder as it stands, or a commit of the repository there; of a bare one, its newest. */
export async function readSourceTree(folder: string, commit: string | undefined, { signal, world }: Session): Promise<Result<SourceTree, Failure>> {
  const kind = await kindOf(folder);
  if (!kind.ok) return kind;
  if (kind.value === "absent") return err(usage(`${folder} isn't there: name the folder of an export; a commit of it goes with --commit`));
  if (commit === undefined && kind.value !== "bare") {
    const files = await readFolder(folder);
    return files.ok ? ok({ files: files.value, commit: undefined }) : files;
  }
  if (kind.value !== "bare" && kind.value !== "work-tree") return err(usage(`${folder} is no Git repository, so it has no commit ${commit}`));
  const read = await readCommit(folder, commit ?? "HEAD", { env: world.env, signal });
  if (!read.ok) return read;
  return ok({ files: read.value.files, commit: commit === undefined ? undefined : read.value.commit });
}
