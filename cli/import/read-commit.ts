import { realpath } from "node:fs/promises";
import type { TreeFile } from "../../core/config/parse-tree.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { MARKER, parseTreePath } from "../../core/model/tree.ts";
import { type Failure, usage } from "../ending.ts";
import { listTree, readBlobs } from "../git/read-tree.ts";
import { type Git, runGit } from "../git/run-git.ts";
import { LARGEST } from "./read-folder.ts";

export interface CommitFiles {
  /** As Git names it, whole. */
  readonly commit: string;
  readonly files: readonly TreeFile[];
}

/** The files of an export as a commit of the repository has them. */
export async function readCommit(folder: string, revision: string, { env, signal }: Omit<Git, "folder">): Promise<Result<CommitFiles, Failure>> {
  const git: Git = { folder: await realpath(folder), env, signal };
  const found = await runGit(git, ["rev-parse", "--quiet", "--verify", "--end-of-options", `${revision}^{commit}`]);
  if (!found.ok) return found;
  if (found.value.code !== 0) return err(usage(`${folder} has no commit ${JSON.stringify(revision)}${found.value.stderr === "" ? "" : `: ${found.value.stderr}`}`));
  const commit = found.value.stdout.toString("utf8").trim();
  const listed = await listTree(git, commit);
  if (!listed.ok) return listed;
  const wanted = listed.value.filter(({ path }) => path === MARKER || parseTreePath(path) !== undefined);
  const plain = wanted.filter(({ bytes, mode }) => mode.startsWith("100") && bytes <= LARGEST);
  const blobs = await readBlobs(git, plain.map(({ blob }) => blob));
  if (!blobs.ok) return blobs;
  const contents = new Map(plain.map(({ path }, index) => [path, blobs.value[index]]));
  // Of a file that is too long only its length is said.
  return ok({ commit, files: wanted.map(({ bytes, mode, path }) => ({ path, bytes: contents.get(path) ?? (mode.startsWith("100") ? new Uint8Array(bytes) : undefined) })) });
}
