import { describe, expect, it } from "vitest";
import { type CommandLine, commandLine } from "./command-line.ts";

/** `checkout` went from 1.0.0 to 2.0.0, and payments stands beside it. */
async function shop(files?: Record<string, string>): Promise<CommandLine> {
  const cli = commandLine(files === undefined ? {} : { files });
  for (const service of ["checkout", "payments"]) for (const version of ["1.0.0", "2.0.0"]) await cli.succeed("release", "register", service, version);
  for (const version of ["1.0.0", "2.0.0"]) await cli.succeed("pin", "checkout", version, "--yes", "--no-wait");
  await cli.succeed("pin", "payments", "1.0.0", "--yes", "--no-wait");
  return cli;
}

async function dryRun(cli: CommandLine, ...argv: readonly string[]): Promise<{ readonly fingerprint: string; readonly text: string }> {
  const ran = await cli.succeed("-o", "json", ...argv, "--dry-run");
  return { fingerprint: (JSON.parse(ran.stdout) as { plan: { fingerprint: string } }).plan.fingerprint, text: ran.stdout };
}

const pinOf = async (cli: CommandLine): Promise<string | null | undefined> => (await cli.json("status", "status", "checkout")).services[0]?.tracks[0]?.pin;

describe("rollpin apply", () => {
  it("does what the dry run printed, by its fingerprint, and history has who, why and what as ever", async () => {
    const cli = await shop();
    const { fingerprint } = await dryRun(cli, "rollback", "checkout", "--reason", "it burns");
    const done = await cli.json("change", "apply", fingerprint.slice(0, 8), "--yes", "--no-wait");
    expect(done.plan?.fingerprint).toBe(fingerprint);
    expect(await pinOf(cli)).toBe("1.0.0");
    const [newest] = (await cli.json("history", "history", "checkout")).revisions;
    expect(newest).toMatchObject({ kind: "rollback", by: "jo@shop", reason: "it burns", verdicts: [{ version: "2.0.0", after: { verdict: "condemned", reason: "it burns" } }] });
  });

  it.each([
    ["rollback", "checkout", "--to", "^1"],
    ["rollback", "checkout", "--steps", "1", "--no-condemn", "--only", "pin"],
    ["rollback", "checkout", "--revision", "1"],
    ["pin", "payments", "2.0.0", "--track", "canary"],
    ["unpin", "checkout"],
    ["config", "set", "checkout", "--text", "a: 1"],
    ["pace", "checkout", "25%"],
    ["route", "set", "checkout", "--text", "split: {1.0.0: 5, pin: 95}", "--override"],
    ["route", "shift", "checkout", "1.0.0", "5%", "--override"],
    ["failover", "checkout", "--to", "payments", "--override"],
    ["restart", "checkout", "payments"],
  ])("applies the plan of %s %s %s %s", async (...argv) => {
    const cli = await shop();
    const printed = (await cli.json("plan", ...argv, "--dry-run")).plan;
    const { plan } = await cli.json("change", "apply", printed.fingerprint, "--yes", "--no-wait");
    expect(plan?.services.map(({ changes }) => changes)).toEqual(printed.services.map(({ changes }) => changes));
  });

  it("takes a file, and stdin", async () => {
    const files: Record<string, string> = {};
    const cli = await shop(files);
    const { text } = await dryRun(cli, "rollback", "checkout");
    files["plan.json"] = text;
    await cli.succeed("apply", "plan.json", "--yes", "--no-wait");
    expect(await pinOf(cli)).toBe("1.0.0");
    const other = await dryRun(cli, "pin", "payments", "2.0.0");
    expect((await cli.runWith({ stdin: other.text }, "apply", "-", "--yes", "--no-wait")).exit).toBe(0);
  });

  it("has the same fingerprint for the same facts, whoever asks and for whatever reason", async () => {
    const cli = await shop();
    const other = commandLine({ store: cli.store, by: "ann@elsewhere" });
    expect((await dryRun(other, "rollback", "checkout", "--reason", "another")).fingerprint).toBe((await dryRun(cli, "rollback", "checkout")).fingerprint);
  });

  it("asks at a terminal, and changes nothing with --dry-run", async () => {
    const cli = await shop();
    const { fingerprint } = await dryRun(cli, "rollback", "checkout");
    expect((await cli.runWith({ answers: "n" }, "apply", fingerprint)).exit).toBe(3);
    expect((await cli.run("apply", fingerprint)).exit).toBe(2);
    expect((await cli.json("plan", "apply", fingerprint, "--dry-run")).plan.fingerprint).toBe(fingerprint);
    expect(await pinOf(cli)).toBe("2.0.0");
  });
});

describe("exit 4: something moved since", () => {
  it.each([
    { what: "another plan", move: (cli: CommandLine) => cli.succeed("config", "set", "checkout", "--text", "a: 1", "--yes", "--no-wait"), says: /rollpin\/desired\/checkout\/head is at index \d+, and when the plan was made it was at \d+: jo@shop changed checkout at .* \(revision 3, config, plan checkout\.3-/ },
    { what: "a freeze", move: (cli: CommandLine) => cli.succeed("freeze", "checkout", "--scope", "all", "--yes"), says: /desired\/checkout\/head is at index/ },
    { what: "a verdict", move: (cli: CommandLine) => cli.succeed("release", "condemn", "checkout", "2.0.0", "--yes"), says: /verdicts\/checkout\/2\.0\.0 is there now, at index \d+, and when the plan was made it wasn't there/ },
    { what: "a hand", move: (cli: CommandLine) => Promise.resolve(cli.store.putByHand("desired/checkout/pin", "1.0.0")), says: /rollpin\/desired\/checkout\/pin is at index/ },
  ])("$what", async ({ move, says }) => {
    const cli = await shop();
    const { fingerprint } = await dryRun(cli, "rollback", "checkout");
    await move(cli);
    const before = await cli.json("history", "history", "checkout");
    const { error, exit } = await cli.json("error", "apply", fingerprint, "--yes");
    expect({ exit, code: error.code }).toEqual({ exit: 4, code: "conflict" });
    expect(error.message).toMatch(says);
    expect((await cli.json("history", "history", "checkout")).revisions).toEqual(before.revisions);
  });

  it("what releases require, where none of its own keys did", async () => {
    const files = { "needy.yaml": 'version: 3.0.0\nrequires: {checkout: ">=2"}\n' };
    const cli = await shop(files);
    await cli.succeed("release", "register", "payments", "3.0.0", "--file", "needy.yaml");
    const { fingerprint } = await dryRun(cli, "rollback", "checkout");
    await cli.succeed("pin", "payments", "3.0.0", "--yes", "--no-wait");
    const { error, exit } = await cli.json("error", "apply", fingerprint, "--yes");
    expect(exit).toBe(4);
    expect(error.message).toContain("it would be about checkout, payments now, and was about checkout");
  });
});

describe("exit 2: no plan that could be applied", () => {
  it("a fingerprint that nobody kept, or too many did", async () => {
    const cli = await shop();
    expect((await cli.json("error", "apply", "0123456789", "--yes")).error.message).toContain("no plan with a fingerprint that begins with 0123456789");
    const { text } = await dryRun(cli, "rollback", "checkout");
    const { plans } = cli;
    for (const end of ["0", "1"]) await plans.keep(`${"ab".repeat(31)}a${end}`, text);
    expect((await cli.json("error", "apply", "abababab", "--yes")).error.message).toContain("several plans");
  });

  it.each([
    { what: "no JSON at all", edit: () => "rollback, please", says: /plan\.json:1:1: .*needs a block of keys/ },
    { what: "half of it", edit: (text: string) => text.slice(0, 300), says: /plan\.json:\d+:\d+: / },
    { what: "another kind of file", edit: (text: string) => text.replace('"kind": "plan"', '"kind": "change"'), says: /plan\.json:2:11: kind: "change" is not known: only plan can stand here/ },
    { what: "a request that is no more", edit: (text: string) => text.replace('"verb": "rollback"', '"verb": "destroy"'), says: /plan\.json:\d+:\d+: plan\.request\.verb: "destroy" is not known: write one of pin, unpin/ },
    { what: "a service that could be none", edit: (text: string) => text.replaceAll('"checkout"', '"../../checkout"'), says: /plan\.json:\d+:\d+: plan\.request\.services\[0\]: .*is not a service name/ },
    { what: "a field that nobody knows", edit: (text: string) => text.replace('"condemn": true', '"condemn": true, "force": true'), says: /plan\.json:\d+:\d+: plan\.request\.force: is not a known key/ },
    { what: "no request", edit: (text: string) => text.replace(/,\s*"request": \{[^}]*\{[^}]*\}[^}]*\}/, ""), says: /plan\.request: is missing: only plans of pin/ },
    { what: "an effect that was edited", edit: (text: string) => text.replace('"after": "1.0.0"', '"after": "0.9.0"'), says: /the plan was edited after it was printed: plan\.services\[0\]\.changes\[0\]\.after/ },
  ])("$what", async ({ edit, says }) => {
    const files: Record<string, string> = {};
    const cli = await shop(files);
    const edited = edit((await dryRun(cli, "rollback", "checkout")).text);
    files["plan.json"] = edited;
    const { error, exit } = await cli.json("error", "apply", "plan.json", "--yes");
    expect(exit).toBe(2);
    expect(error.message).toMatch(says);
    expect(await pinOf(cli)).toBe("2.0.0");
  });
});
