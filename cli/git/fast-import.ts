import type { CommitDraft } from "../../core/decide/export/draft-commits.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type Failure, usage } from "../ending.ts";
import { EXPORTED, type Repository, advance } from "./repository.ts";
import { askGit, describeEnd, runGit } from "./run-git.ts";

/** Writes commits on top of the branch, all of them or none. Resolves to the last one; undefined where there was none to write. */
export async function writeCommits(repository: Repository, drafts: Iterable<CommitDraft>): Promise<Result<string | undefined, Failure>> {
  const { git, tip } = repository;
  let written = 0;
  const counted = function* (): Generator<CommitDraft> {
    for (const draft of drafts) {
      written += 1;
      yield draft;
    }
  };
  const args = ["fast-import", "--quiet", "--done", "--force", "--date-format=raw"];
  const imported = await runGit(git, args, streamOf(counted(), tip));
  if (!imported.ok) return imported;
  if (imported.value.code !== 0) return err(failureOf(describeEnd(git, args, imported.value)));
  if (written === 0) return ok(undefined);
  const commit = imported.value.stdout.toString("utf8").trim();
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return err(usage(`git fast-import in ${git.folder} named no commit: ${JSON.stringify(commit.slice(0, 200))}`));
  const moved = await advance(repository, commit);
  if (!moved.ok) return moved;
  const forgotten = await askGit(git, ["update-ref", "-d", EXPORTED]);
  return forgotten.ok ? ok(commit) : forgotten;
}

/** Another export may hold what this one wants to write. */
function failureOf(message: string): Failure {
  return /\block/.test(message) ? { code: "conflict", message: `${message}; is another export under way? Nothing was exported, and running it again is safe` } : usage(message);
}

/** Git: git-fast-import, input format. Names and messages are cleared of what would end them; contents go by their length. */
function* streamOf(drafts: Iterable<CommitDraft>, tip: string | undefined): Generator<string | Buffer> {
  let mark = 0;
  for (const { at, author, changes, message } of drafts) {
    mark += 1;
    const signature = `${author.name} <${author.email}> ${Math.floor(at / 1000)} +0000`;
    const from = mark > 1 ? "" : tip === undefined ? "" : `from ${tip}\n`;
    const lines = [`commit ${EXPORTED}\nmark :${mark}\nauthor ${signature}\ncommitter ${signature}\n${dataOf(message)}${from}`];
    for (const { path, text } of changes) lines.push(text === undefined ? `D ${path}\n` : `M 100644 inline ${path}\n${dataOf(text)}`);
    yield Buffer.from(`${lines.join("")}\n`);
  }
  if (mark > 0) yield `get-mark :${mark}\n`;
  yield "done\n";
}

function dataOf(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
