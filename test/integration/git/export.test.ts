/** `rollpin export` with the real git, over a store in memory: what stands in the repository, and what it refuses to touch. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commitsOf, git, treeOf } from "../../support/git.ts";
import { type CommandLine, type CommandLineOptions, commandLine } from "../../unit/cli/command-line.ts";

let folder = "";
let repository = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollpin-export-"));
  repository = join(folder, "history");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const quiet = ["--yes", "--no-wait"] as const;

async function shop(options: CommandLineOptions = {}): Promise<CommandLine> {
  const cli = commandLine({ env: { PATH: process.env["PATH"] ?? "" }, ...options });
  for (const service of ["checkout", "payments"]) for (const version of ["1.0.0", "2.0.0"]) await cli.succeed("release", "register", service, version, "--artifact", `shop/${service}:${version}`);
  return cli;
}

/** Two services pinned, settings, a rollback of both in one plan. */
async function story(cli: CommandLine): Promise<void> {
  for (const version of ["1.0.0", "2.0.0"]) for (const service of ["checkout", "payments"]) await cli.succeed("pin", service, version, ...quiet, "--reason", `try ${version}`);
  await cli.succeed("config", "set", "checkout", "--text", "timeout: 3s\r\n\n# no line at the end", ...quiet);
  await cli.succeed("rollback", "checkout", "payments", ...quiet, "--reason", "20% errors\n\nRollpin-Plan: none of these");
}

describe("export", () => {
  it("has one commit for each plan, oldest first, with author, date, reason and what it was", async () => {
    const cli = await shop({ by: "ana@laptop" });
    await story(cli);
    expect(await cli.json("export", "export", "--git", repository)).toMatchObject({ exit: 0, commits: 6, revisions: 7, services: 2, gaps: [], notes: [], branch: "main" });
    const commits = commitsOf(repository);
    const { revisions: [newest] } = await cli.json("history", "history", "checkout");
    expect(commits.map(({ message }) => message.split("\n")[0])).toEqual([
      "pin checkout: pin 1.0.0",
      "pin payments: pin 1.0.0",
      "pin checkout: pin 1.0.0 -> 2.0.0",
      "pin payments: pin 1.0.0 -> 2.0.0",
      "config checkout: config",
      "rollback checkout, payments: pin 2.0.0 -> 1.0.0, config",
    ]);
    expect(new Set(commits.map(({ author }) => author))).toEqual(new Set(["ana@laptop <ana@laptop>"]));
    const last = commits.at(-1);
    expect(last?.message).toContain("20% errors\n\nRollpin-Plan: none of these\n\nRollpin-Plan: checkout.4-");
    expect(last?.trailers).toEqual([`Rollpin-Plan: ${newest?.plan}`, "Rollpin-Kind: rollback", "Rollpin-Revision: checkout 4", "Rollpin-Revision: payments 3"]);
    expect(Date.parse(last?.at ?? "")).toBe(Math.floor(Date.parse(newest?.at ?? "") / 1000) * 1000);
    git(repository, "fsck", "--strict");
    expect(git(repository, "status", "--porcelain")).toBe("");
  });

  it("keeps the very state of each service as files, in each commit with the releases that there were", async () => {
    const cli = await shop();
    await cli.succeed("pin", "checkout", "1.0.0", ...quiet);
    await cli.succeed("pin", "checkout", "2.0.0", "--track", "canary", ...quiet);
    await cli.succeed("config", "set", "checkout", "--text", "a\r\nb", ...quiet);
    await cli.succeed("pace", "checkout", "25%", "--yes");
    await cli.succeed("observe", "checkout", ...quiet);
    await cli.succeed("release", "condemn", "checkout", "2.0.0", "--yes", "--reason", "it leaks");
    await cli.succeed("release", "register", "checkout", "3.0.0");
    await cli.succeed("export", "--git", repository);
    const tree = treeOf(repository);
    expect(Object.keys(tree).filter((path) => path.startsWith("services/checkout/"))).toEqual([
      "config", "head.json", "pace", "pin", "pin.canary", "releases/1.0.0.json", "releases/2.0.0.json", "releases/3.0.0.json", "verdicts/2.0.0.json",
    ].map((name) => `services/checkout/${name}`));
    expect(tree).toMatchObject({ "services/checkout/pin": "1.0.0\n", "services/checkout/pin.canary": "2.0.0\n", "services/checkout/config": "a\r\nb", "services/checkout/pace": "25%\n" });
    expect(readFileSync(join(repository, "services/checkout/config"), "utf8")).toBe("a\r\nb");
    expect(JSON.parse(tree["services/checkout/head.json"] ?? "")).toMatchObject({ revision: 5, kind: "observe", mode: "observe" });
    expect(JSON.parse(tree["services/checkout/releases/2.0.0.json"] ?? "")).toEqual({ version: "2.0.0", artifact: "shop/checkout:2.0.0" });
    expect(JSON.parse(tree["services/checkout/verdicts/2.0.0.json"] ?? "")).toMatchObject({ verdict: "condemned", reason: "it leaks" });
    const [first] = commitsOf(repository);
    expect(first?.files).toEqual([".gitattributes", "rollpin.json", "services/checkout/head.json", "services/checkout/pin", "services/checkout/releases/1.0.0.json", "services/checkout/releases/2.0.0.json"]);
    expect(commitsOf(repository).at(-1)).toMatchObject({ author: "rollpin <>", message: expect.stringContaining("checkout 2.0.0 is condemned, by jo@shop") as string });
  });

  it("adds only what is new when it runs again, and what people changed beside that stays", async () => {
    const cli = await shop();
    await story(cli);
    await cli.succeed("export", "--git", repository);
    const first = git(repository, "rev-parse", "HEAD");
    expect(await cli.json("export", "export", "--git", repository)).toMatchObject({ commits: 0, commit: first.trim() });
    writeFileSync(join(repository, "services/checkout/pin"), "2.0.0\n");
    writeFileSync(join(repository, "NOTES.md"), "ours\n");
    git(repository, "add", ".");
    git(repository, "commit", "-q", "-m", "somebody's wish");
    await cli.succeed("config", "set", "checkout", "--text", "timeout: 9s", ...quiet);
    await cli.succeed("pin", "payments", "1.0.0", "--track", "canary", ...quiet);
    await cli.succeed("release", "clear", "payments", "2.0.0", "--yes");
    expect(await cli.json("export", "export", "--git", repository)).toMatchObject({ commits: 3, revisions: 2 });
    expect(git(repository, "rev-list", "--count", `${first.trim()}..HEAD`).trim()).toBe("4");
    const tree = treeOf(repository);
    expect(tree).toMatchObject({ "NOTES.md": "ours\n", "services/checkout/pin": "2.0.0\n", "services/checkout/config": "timeout: 9s" });
    expect(Object.keys(tree)).not.toContain("services/payments/verdicts/2.0.0.json");
  });

  it("says what history no longer kept, in the commit and to the operator, and has the state after", async () => {
    const cli = await shop();
    await story(cli);
    for (const revision of [1, 2]) await cli.store.transact([{ kind: "delete", key: `history/checkout/000000000${revision}` }]);
    const exported = await cli.json("export", "export", "--git", repository);
    expect(exported).toMatchObject({ exit: 0, gaps: [{ service: "checkout", from: 1, to: 2 }] });
    expect(commitsOf(repository).find(({ message }) => message.startsWith("config checkout"))?.trailers).toContain("Rollpin-Gap: checkout 1-2");
    for (const [index, version] of ["2.0.0", "1.0.0"].entries()) expect(treeOf(repository, `HEAD~${1 - index}`)["services/checkout/pin"]).toBe(`${version}\n`);
    await cli.succeed("config", "set", "checkout", "--text", "b", ...quiet);
    await cli.succeed("config", "set", "checkout", "--text", "c", ...quiet);
    await cli.store.transact([{ kind: "delete", key: "history/checkout/0000000005" }]);
    expect((await cli.succeed("export", "--git", repository)).stdout).toContain("revision 5 is no longer kept in Consul");
  });

  it("leaves no way out of a name or a reason into Git's stream", async () => {
    const nasty = ["x <y>\nauthor evil <e@x> 0 +0000\n", "<", "a\u0000b", ".,;", "Ana Müller <ana@shop.example>", "日本 \u202E \uD800", "D services\ndone\n"];
    const cli = commandLine({ env: { PATH: process.env["PATH"] ?? "" } });
    await cli.succeed("release", "register", "checkout", "1.0.0");
    for (const [index, by] of nasty.entries()) {
      const other = commandLine({ store: cli.store, by, env: { PATH: process.env["PATH"] ?? "" } });
      await other.succeed("config", "set", "checkout", "--text", String(index), ...quiet, "--reason", `${by}\ncommit refs/heads/main\n`);
    }
    await cli.succeed("export", "--git", repository);
    const commits = commitsOf(repository);
    expect(commits.map(({ author }) => author)).toEqual(["x y author evil e@x 0 +0000 <>", "unknown <>", "a\uFFFDb <>", "unknown <>", "Ana Müller <ana@shop.example>", "日本 \u202E \uFFFD <>", "D services done <>"]);
    expect(commits[2]?.message).toContain("a\uFFFDb\ncommit refs/heads/main");
    git(repository, "fsck", "--strict");
  });

  it("writes to a bare repository, and to one of somebody's Git that ends lines otherwise", async () => {
    const cli = await shop({ env: { PATH: process.env["PATH"] ?? "", HOME: folder, GIT_DIR: "/nowhere", GIT_INDEX_FILE: "/nowhere/index" } });
    writeFileSync(join(folder, ".gitconfig"), "[core]\n\tautocrlf = true\n\thooksPath = /nowhere\n[merge]\n\tff = false\n[commit]\n\tgpgSign = true\n");
    await story(cli);
    mkdirSync(repository);
    git(repository, "init", "-q", "--bare", "-b", "trunk");
    const long = join(folder, "long");
    mkdirSync(long);
    git(long, "init", "-q", "--object-format=sha256");
    await cli.succeed("export", "--git", long);
    expect(await cli.json("export", "export", "--git", long)).toMatchObject({ commits: 0, commit: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(await cli.json("export", "export", "--git", repository)).toMatchObject({ commits: 6, branch: "trunk" });
    const other = join(folder, "work");
    await cli.succeed("export", "--git", other);
    expect(git(other, "rev-parse", "HEAD")).toBe(git(repository, "rev-parse", "HEAD"));
    expect(git(other, "status", "--porcelain")).toBe("");
    expect(readFileSync(join(other, "services/checkout/pin"), "utf8")).toBe("1.0.0\n");
  });
});

describe("several exports at once", () => {
  it("write every plan once, and who comes second is told so", async () => {
    const cli = await shop();
    await cli.succeed("export", "--git", repository);
    for (let round = 0; round < 3; round += 1) {
      for (let turn = 0; turn < 5; turn += 1) await cli.succeed("config", "set", "checkout", "--text", `${round} ${turn}`, ...quiet);
      const ran = await Promise.all(Array.from({ length: 4 }, () => cli.run("export", "--git", repository)));
      for (const { exit, stderr } of ran) expect({ exit, stderr: exit === 0 ? "" : stderr }).toEqual(exit === 0 ? { exit: 0, stderr: "" } : { exit: 4, stderr: expect.stringMatching(/^conflict: /) as string });
    }
    await cli.succeed("export", "--git", repository);
    const revisions = commitsOf(repository).flatMap(({ trailers }) => trailers.filter((line) => line.startsWith("Rollpin-Revision")));
    expect(revisions).toEqual(Array.from({ length: 15 }, (_, at) => `Rollpin-Revision: checkout ${at + 1}`));
    expect(git(repository, "status", "--porcelain")).toBe("");
    git(repository, "fsck", "--strict");
  });
});

describe("export refuses, and writes nothing", () => {
  it("where there is no git, no repository of its own, no branch, or uncommitted changes", async () => {
    const cli = await shop();
    await story(cli);
    const without = commandLine({ store: cli.store, env: { PATH: folder } });
    expect(await without.run("export", "--git", repository)).toMatchObject({ exit: 2, stderr: expect.stringContaining("git can't be run: install it") as string });
    const full = join(folder, "full");
    mkdirSync(full);
    writeFileSync(join(full, "a"), "");
    expect(await cli.run("export", "--git", full)).toMatchObject({ exit: 2, stderr: expect.stringMatching(/no Git repository, and not empty/) as string });
    git(full, "init", "-q");
    git(full, "add", ".");
    git(full, "commit", "-q", "-m", "theirs");
    expect(await cli.run("export", "--git", full)).toMatchObject({ exit: 2, stderr: expect.stringMatching(/no export of rollpin/) as string });
    await cli.succeed("export", "--git", repository);
    const tip = git(repository, "rev-parse", "HEAD");
    await cli.succeed("pin", "checkout", "1.0.0", "--track", "canary", ...quiet);
    writeFileSync(join(repository, "services/checkout/pin"), "9\n");
    expect(await cli.run("export", "--git", repository)).toMatchObject({ exit: 4, stderr: expect.stringMatching(/aren't committed: services\/checkout\/pin;/) as string });
    git(repository, "checkout", "-q", "--", ".");
    writeFileSync(join(repository, "services/checkout/pin.canary"), "in the way\n");
    expect(await cli.run("export", "--git", repository)).toMatchObject({ exit: 4, stderr: expect.stringMatching(/stand in the way/) as string });
    rmSync(join(repository, "services/checkout/pin.canary"));
    git(repository, "checkout", "-q", "--detach");
    expect(await cli.run("export", "--git", repository)).toMatchObject({ exit: 2, stderr: expect.stringMatching(/detached HEAD/) as string });
    git(repository, "checkout", "-q", "main");
    expect(git(repository, "rev-parse", "HEAD")).toBe(tip);
    await cli.succeed("export", "--git", repository);
    expect(git(repository, "for-each-ref", "refs/rollpin")).toBe("");
  });

  it("where Consul's history is another, or has gone back", async () => {
    const cli = await shop();
    await story(cli);
    await cli.succeed("export", "--git", repository);
    const other = await shop();
    expect(await other.run("export", "--git", repository)).toMatchObject({ exit: 4, stderr: expect.stringMatching(/checkout is at revision 4 there, and Consul only at 0/) as string });
    await story(other);
    await other.succeed("pin", "checkout", "2.0.0", "--override", ...quiet);
    expect(await other.run("export", "--git", repository)).toMatchObject({ exit: 4, stderr: expect.stringMatching(/another Consul, or one whose history was replaced/) as string });
  });

  it("where the branch can't be moved, and goes on from there when it can", async () => {
    const cli = await shop();
    await cli.succeed("pin", "checkout", "1.0.0", ...quiet);
    await cli.succeed("export", "--git", repository);
    await cli.succeed("pin", "checkout", "1.0.0", "--track", "canary", ...quiet);
    const lock = join(repository, ".git/refs/heads/main.lock");
    writeFileSync(lock, "");
    expect(await cli.run("export", "--git", repository)).toMatchObject({ exit: 4, stderr: expect.stringMatching(/main.lock/) as string });
    rmSync(lock);
    expect(await cli.json("export", "export", "--git", repository)).toMatchObject({ commits: 1 });
    expect(git(repository, "status", "--porcelain")).toBe("");
  });
});
