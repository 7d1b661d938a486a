/** The real git, asked without the code under test. */
import { spawnSync } from "node:child_process";

/** Whatever the user of this machine has set. */
const ENV = { PATH: process.env["PATH"], HOME: "/nowhere", GIT_CONFIG_NOSYSTEM: "1", GIT_AUTHOR_NAME: "a person", GIT_AUTHOR_EMAIL: "person@shop", GIT_COMMITTER_NAME: "a person", GIT_COMMITTER_EMAIL: "person@shop" };

/** What it prints; throws where it ends otherwise than well. */
export function git(folder: string, ...args: readonly string[]): string {
  const { status, stderr, stdout } = spawnSync("git", ["-C", folder, ...args], { env: ENV, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`git ${args.join(" ")} in ${folder} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Path to content of every file of a commit. */
export function treeOf(folder: string, commit = "HEAD"): Readonly<Record<string, string>> {
  const paths = git(folder, "ls-tree", "-r", "-z", "--name-only", commit).split("\0").filter((path) => path !== "");
  return Object.fromEntries(paths.map((path) => [path, git(folder, "cat-file", "blob", `${commit}:${path}`)]));
}

export interface SeenCommit {
  readonly author: string;
  readonly at: string;
  readonly message: string;
  readonly trailers: readonly string[];
  readonly files: readonly string[];
}

/** Oldest first. */
export function commitsOf(folder: string): readonly SeenCommit[] {
  const log = git(folder, "log", "--reverse", "--name-only", "--format=%x01%an <%ae>%x00%aI%x00%B%x00%(trailers:only)%x00");
  return log.split("\u0001").slice(1).map((entry) => {
    const [author = "", at = "", message = "", trailers = "", files = ""] = entry.split("\0");
    return { author, at, message: message.trim(), trailers: trailers.split("\n").filter((line) => line !== ""), files: files.split("\n").filter((line) => line !== "") };
  });
}
