import { type Result, err, ok } from "../../core/model/result.ts";
import { type Failure, usage } from "../ending.ts";
import { type Git, askGit } from "./run-git.ts";

export interface TreeEntry {
  readonly path: string;
  /** Of what Git calls it: 100644 is a plain file, 120000 a link. */
  readonly mode: string;
  readonly blob: string;
  readonly bytes: number;
}

/** Every file of a commit. */
export async function listTree(git: Git, commit: string): Promise<Result<readonly TreeEntry[], Failure>> {
  const listed = await askGit(git, ["ls-tree", "-r", "-l", "-z", "--full-tree", commit]);
  if (!listed.ok) return listed;
  return ok(listed.value.toString("utf8").split("\0").flatMap(parseLine));
}

const LINE = /^([0-7]{6}) [a-z]+ ([0-9a-f]+) +([0-9]+|-)\t(.+)$/s;

function parseLine(line: string): readonly TreeEntry[] {
  const [, mode, blob, bytes, path] = LINE.exec(line) ?? [];
  return mode === undefined || blob === undefined || path === undefined ? [] : [{ path, mode, blob, bytes: bytes === "-" ? 0 : Number(bytes) }];
}

/** Contents, in the order of the names. */
export async function readBlobs(git: Git, blobs: readonly string[]): Promise<Result<readonly Buffer[], Failure>> {
  if (blobs.length === 0) return ok([]);
  const answered = await askGit(git, ["cat-file", "--batch"], [`${blobs.join("\n")}\n`]);
  if (!answered.ok) return answered;
  const contents: Buffer[] = [];
  let rest = answered.value;
  for (const blob of blobs) {
    const end = rest.indexOf("\n");
    const [name, kind, bytes = ""] = rest.subarray(0, end).toString("utf8").split(" ");
    if (end < 0 || name !== blob || kind !== "blob") return err(usage(`${git.folder} lacks the object ${blob}: is it a whole clone? "git fsck" looks closer`));
    const from = end + 1;
    contents.push(rest.subarray(from, from + Number(bytes)));
    rest = rest.subarray(from + Number(bytes) + 1);
  }
  return ok(contents);
}
