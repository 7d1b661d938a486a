import { mkdir, readdir, realpath } from "node:fs/promises";
import { hash } from "node:crypto";
import { firstFew } from "../../core/model/first-few.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { MARKER } from "../../core/model/tree.ts";
import { type Failure, usage } from "../ending.ts";
import { type TreeEntry, listTree } from "./read-tree.ts";
import { type Git, askGit, runGit } from "./run-git.ts";

/** A repository that holds an export, or nothing yet. */
export interface Repository {
  readonly git: Git;
  /** `refs/heads/main`. */
  readonly branch: string;
  readonly bare: boolean;
  /** Undefined before the first commit. */
  readonly tip: string | undefined;
  readonly files: readonly TreeEntry[];
  /** What Git calls a content. */
  readonly blobIdOf: (text: string) => string;
}

type Kind = "absent" | "empty" | "work-tree" | "bare" | "other";

/** Opens the repository of an export, or makes one where there is nothing. */
export async function openRepository(path: string, env: Git["env"], signal: AbortSignal): Promise<Result<Repository, Failure>> {
  const kind = await kindOf(path);
  if (!kind.ok) return kind;
  if (kind.value === "other") return err(usage(`${path} is no Git repository, and not empty: name a repository that "rollpin export" made, or a folder that isn't there yet`));
  if (kind.value === "absent") await mkdir(path, { recursive: true });
  const git: Git = { folder: await realpath(path), env, signal };
  if (kind.value === "absent" || kind.value === "empty") {
    const made = await makeRepository(git);
    if (!made.ok) return made;
  }
  return describe(git, kind.value === "bare");
}

export async function kindOf(path: string): Promise<Result<Kind, Failure>> {
  try {
    const names = await readdir(path);
    if (names.length === 0) return ok("empty");
    if (names.includes(".git")) return ok("work-tree");
    return ok(["HEAD", "objects", "refs"].every((name) => names.includes(name)) ? "bare" : "other");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? ok("absent") : err(usage(`${path} can't be read: ${message}`));
  }
}

async function makeRepository(git: Git): Promise<Result<Buffer, Failure>> {
  const made = await askGit(git, ["init", "--quiet"]);
  // `init --initial-branch` is newer than some Gits that are in use.
  return made.ok ? askGit(git, ["symbolic-ref", "HEAD", "refs/heads/main"]) : made;
}

async function describe(git: Git, bare: boolean): Promise<Result<Repository, Failure>> {
  const head = await runGit(git, ["symbolic-ref", "--quiet", "HEAD"]);
  if (!head.ok) return head;
  // 128: Git itself can't work here, and says why.
  if (head.value.code === 128) return err(usage(head.value.stderr));
  if (head.value.code !== 0) return err(usage(`${git.folder} has no branch checked out (detached HEAD): check out the one to export to`));
  const format = await askGit(git, ["rev-parse", "--show-object-format"]);
  if (!format.ok) return format;
  const tip = await runGit(git, ["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]);
  if (!tip.ok) return tip;
  const commit = tip.value.code === 0 ? tip.value.stdout.toString("utf8").trim() : undefined;
  const files = commit === undefined ? ok([]) : await listTree(git, commit);
  if (!files.ok) return files;
  if (commit !== undefined && !files.value.some((file) => file.path === MARKER)) return err(usage(`${git.folder} holds commits, and no ${MARKER}: it is no export of rollpin. Name another folder, or one that isn't there yet`));
  const algorithm = format.value.toString("utf8").trim();
  return ok({ git, branch: head.value.stdout.toString("utf8").trim(), bare, tip: commit, files: files.value, blobIdOf: (text) => blobId(text, algorithm) });
}

/** Git: objects are named by the hash of `blob <bytes>`, a NUL, and the content. */
function blobId(text: string, algorithm: string): string {
  const content = Buffer.from(text);
  return hash(algorithm, Buffer.concat([Buffer.from(`blob ${content.byteLength}\0`), content]));
}

/** What isn't committed there would be lost, or get into a commit of ours. */
export async function refuseDirty({ bare, git }: Repository): Promise<Result<void, Failure>> {
  if (bare) return ok(undefined);
  const status = await askGit(git, ["status", "--porcelain=v1", "-z", "--untracked-files=no"]);
  if (!status.ok) return status;
  const changed = status.value.toString("utf8").split("\0").filter((line) => line !== "").map((line) => line.slice(3));
  if (changed.length === 0 || (await putBack(git, changed))) return ok(undefined);
  return err({ code: "conflict", message: `${git.folder} has changes that aren't committed: ${firstFew(changed, 5)}; commit them, or put them away with "git stash", and run it again. Nothing was exported` });
}

/** Keeps what is exported until the branch has it. */
export const EXPORTED = "refs/rollpin/exported";

/** Files of an export that was cut off before its branch moved are nobody's changes: they are put back, and written again. */
async function putBack(git: Git, changed: readonly string[]): Promise<boolean> {
  const ours = await runGit(git, ["diff", "--quiet", EXPORTED, "--", ...changed]);
  if (!ours.ok || ours.value.code !== 0) return false;
  const reset = await runGit(git, ["reset", "--quiet", "--hard"]);
  return reset.ok && reset.value.code === 0;
}

/** Moves the branch to a commit that follows its tip, and the files with it where there are any. Refuses where somebody else moved it. */
export async function advance({ bare, branch, git, tip }: Repository, commit: string): Promise<Result<void, Failure>> {
  // Cut off half-way it would leave files that belong to no commit.
  const whole: Git = { ...git, signal: new AbortController().signal };
  const zero = "0".repeat(commit.length);
  const args = bare ? ["update-ref", branch, commit, tip ?? zero] : ["merge", "--quiet", "--ff-only", commit];
  const moved = await runGit(whole, args);
  if (!moved.ok) return moved;
  if (moved.value.code === 0) return ok(undefined);
  return err({ code: "conflict", message: `${branch} of ${git.folder} was moved meanwhile, or files that Git doesn't know stand in the way; nothing was exported, and running it again is safe. Git says: ${moved.value.stderr.split("\n").join(" ")}` });
}

