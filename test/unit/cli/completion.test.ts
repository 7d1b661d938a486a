import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { USAGE } from "../../../agent/arguments.ts";
import { LOCAL_PIN_USAGE } from "../../../agent/local-pin/arguments.ts";
import { grammarOf } from "../../../cli/completion/grammar.ts";
import { SIDECAR } from "../../../cli/completion/sidecar.ts";
import { scriptFor } from "../../../cli/completion/scripts.ts";
import { buildProgram } from "../../../cli/program.ts";
import { verbs } from "../../../cli/verbs.ts";
import { commandLine } from "./command-line.ts";

const run = promisify(execFile);

/** What bash offers for a line whose last word is being typed. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { stdout: script } = await commandLine().succeed("completion", "bash");
  const line = ["rollpin", ...words].map((word) => `'${word}'`).join(" ");
  const { stdout } = await run("bash", ["-euc", `${script}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _rollpin; printf '%s\\n' "\${COMPREPLY[@]}"`], { timeout: 10_000, cwd: "/" });
  return stdout.split("\n").filter((word) => word !== "");
}

describe("bash", () => {
  it("offers every verb, and the sidecar", async () => {
    expect([...(await offered(""))].sort()).toEqual([...verbs.map(({ name }) => name), "agent", "help"].sort());
  });

  it.each([
    { words: ["ro"], offers: ["rollback", "rollout", "route"] },
    { words: ["release", "c"], offers: ["check", "condemn", "clear"] },
    { words: ["-o", "json", "release", "sh"], offers: ["show"] },
    { words: ["rollback", "checkout", "--st"], offers: ["--steps", "--strategy"] },
    { words: ["rollback", "--only", "c"], offers: ["config"] },
    { words: ["status", "-o", ""], offers: ["table", "json", "yaml"] },
    { words: ["status", "--output", "y"], offers: ["yaml"] },
    { words: ["completion", ""], offers: ["bash", "zsh", "fish"] },
    { words: ["freeze", "checkout", "--scope", "a"], offers: ["all"] },
    { words: ["agent", ""], offers: ["pin", "unpin"] },
    { words: ["agent", "-c", "pin", "--ch"], offers: ["--check"] },
    { words: ["agent", "pin", "1.0.0", "--l"], offers: ["--local"] },
    { words: ["agent", "unpin", "-o", ""], offers: ["table", "json"] },
    // The word after a flag that takes a value is no verb.
    { words: ["--prefix", "release", "stat"], offers: ["status"] },
  ])("$words", async ({ words, offers }) => {
    expect([...(await offered(...words))].sort()).toEqual([...offers].sort());
  });
});

describe("the sidecar", () => {
  it.each([[["agent"], USAGE], [["agent", "pin"], LOCAL_PIN_USAGE], [["agent", "unpin"], LOCAL_PIN_USAGE]] as const)("%j is completed with the flags that it takes", (path, usage) => {
    const flags = SIDECAR.find((one) => one.path.join(" ") === path.join(" "))?.flags.flatMap(({ names }) => names) ?? [];
    const taken = usage.split("\n").flatMap((line) => /^ {2,6}(-\w)?(?:, )?(--[a-z-]+)/.exec(line)?.slice(1) ?? []).filter((name) => name !== undefined);
    const reason = path.join(" ") === "agent unpin" ? ["--reason"] : [];
    expect([...flags, ...reason].sort()).toEqual([...taken, "-h", "--help"].sort());
  });
});

describe("zsh and fish", () => {
  it.each(["zsh", "fish"] as const)("%s knows every verb and flag of the program", async (shell) => {
    const program = await buildProgram({ version: "", words: undefined, output: {}, start: () => Promise.resolve() });
    const grammar = grammarOf(program);
    const script = scriptFor(shell, grammar);
    for (const { subcommands, flags } of grammar) {
      for (const { name } of subcommands) expect(script).toContain(name);
      for (const name of flags.flatMap((flag) => flag.names)) expect(script).toContain(shell === "zsh" ? `'${name}:` : name.replace(/^-+/, ""));
    }
  });
});
