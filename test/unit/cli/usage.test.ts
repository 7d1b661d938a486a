import { describe, expect, it } from "vitest";
import { commandLine } from "./command-line.ts";

const NASTY_SERVICES = ["", " ", "Checkout", "check out", "-x-", "../../etc", "a/b", "a.b", "a".repeat(64), "ä", "a\u0000b", "a\nb", "%2e%2e", "check_out"];
const NASTY_VERSIONS = ["", " ", "two words", "../1.0.0", ".hidden", "1/2", "v".repeat(129), "1.0.0\n", "1\u0000", "ü", "$(reboot)", "!override"];

/** One clear error, with its place, and nothing written. */
async function refused(argv: readonly string[], says: RegExp): Promise<void> {
  const cli = commandLine();
  const before = await cli.store.keys("");
  const { exit, error } = await cli.json("error", ...argv);
  expect({ argv, exit, code: error.code }).toEqual({ argv, exit: 2, code: "usage" });
  expect(error.message).toMatch(says);
  expect(error.message).not.toMatch(/\n/);
  const text = await cli.run(...argv);
  expect(text.exit).toBe(2);
  expect(text.stdout).toBe("");
  expect(text.stderr).toMatch(/^usage: /);
  expect(await cli.store.keys("")).toEqual(before);
}

describe("nasty names", () => {
  it.each(NASTY_SERVICES)("service %j", async (service) => {
    for (const argv of [["status", service], ["pin", service, "1.0.0", "--yes"], ["rollback", service, "--yes"], ["history", service], ["release", "list", service]]) {
      // Behind `--`, so that a name with a dash in front is seen as a name.
      const at = argv.indexOf(service);
      await refused([...argv.slice(0, at), ...argv.filter((word) => word === "--yes"), "--", ...argv.slice(at).filter((word) => word !== "--yes")], /service/);
    }
    await refused(["undo", "--yes", "--", service], /neither a service nor a plan/);
  });

  it.each(NASTY_VERSIONS)("version %j", async (version) => {
    await refused(["pin", "checkout", version, "--yes"], /version/);
    await refused(["release", "register", "checkout", version], /version/);
  });
});

describe("nasty flags", () => {
  it.each([
    { argv: ["frobnicate"], says: /unknown command 'frobnicate'/ },
    { argv: ["doctor", "--acl-policy", "agent"], says: /name it with --service/ },
    { argv: ["doctor", "--acl-policy", "operator", "--service", "checkout"], says: /leave out --service/ },
    { argv: ["doctor", "--acl-policy", "guard", "--service", "checkout", "--node", "n"], says: /not guard/ },
    { argv: ["doctor", "--service", "checkout"], says: /go with --acl-policy/ },
    { argv: ["doctor", "--acl-policy", "agent", "--service", "checkout", "--node", 'n" {}'], says: /is no node name/ },
    { argv: ["restore"], says: /^rollpin restore needs one of: accept, reassert; see "rollpin restore --help"$/ },
    { argv: ["restore", "accept", "nope", "--yes"], says: /the service nope is unknown/ },
    { argv: ["adopt", "checkout", "--yes", "--version-tag", "v1"], says: /--version-tag: "v1" is no pattern of a tag/ },
    { argv: ["statsu"], says: /Did you mean status/ },
    { argv: ["release", "lsit", "checkout"], says: /Did you mean list/ },
    { argv: ["status", "--wach"], says: /unknown option '--wach'.*Did you mean --watch/ },
    { argv: ["pin", "checkout"], says: /missing required argument 'version'/ },
    { argv: ["pin", "checkout", "1.0.0", "2.0.0"], says: /too many arguments/ },
    { argv: ["undo"], says: /missing required argument/ },
    { argv: ["rollback", "checkout", "--yes", "--steps", "0"], says: /--steps.*whole number of 1 or more/ },
    { argv: ["rollback", "checkout", "--yes", "--steps", "1.5"], says: /--steps/ },
    { argv: ["rollback", "checkout", "--yes", "--steps", "1e3"], says: /--steps/ },
    { argv: ["rollback", "checkout", "--yes", "--revision", "-1"], says: /--revision/ },
    { argv: ["rollback", "checkout", "--yes", "--to", "1.0.0", "--steps", "1"], says: /'--to.*cannot be used with option '--steps/ },
    { argv: ["rollback", "checkout", "--yes", "--at", "14:05", "--revision", "1"], says: /cannot be used with/ },
    { argv: ["rollback", "checkout", "--yes", "--at", "25:00"], says: /--at: "25:00" is not a time/ },
    { argv: ["rollback", "checkout", "--yes", "--to", "track:No!"], says: /not a track/ },
    { argv: ["rollback", "checkout", "--yes", "--only", "everything"], says: /--only.*Allowed choices are pin, config, routes/ },
    { argv: ["pin", "checkout", "1.0.0", "--track", "a/b", "--yes"], says: /--track.*not a track/ },
    { argv: ["pin", "checkout", "1.0.0", "--timeout", "10", "--yes"], says: /--timeout.*not a duration/ },
    { argv: ["pin", "checkout", "1.0.0", "--reason", "x".repeat(2000), "--yes"], says: /--reason.*2000 characters/ },
    { argv: ["freeze", "checkout", "--for", "soon", "--yes"], says: /--for.*not a duration/ },
    { argv: ["freeze", "checkout", "--for", "99999999d", "--yes"], says: /--for.*too long/ },
    { argv: ["freeze", "checkout", "--scope", "both", "--yes"], says: /--scope.*Allowed choices/ },
    { argv: ["diff", "checkout", "first"], says: /from: "first" is no whole number/ },
    { argv: ["status", "--prefix", "../x"], says: /--prefix/ },
    { argv: ["status", "--prefix", ""], says: /--prefix/ },
    { argv: ["completion", "tcsh"], says: /Allowed choices are bash, zsh, fish/ },
    { argv: ["dev", "--port", "99999"], says: /--port.*no port/ },
    { argv: ["config", "set", "checkout", "-", "--yes", "--text", "x"], says: /name one source/ },
  ])("$argv", ({ argv, says }) => refused(argv, says));

  it("an output format that doesn't exist is told in plain text", async () => {
    const ran = await commandLine().run("status", "-o", "xml");
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toMatch(/^usage: .*Allowed choices are table, json, yaml/);
  });

  it("a release that is bad by its flags", () => refused(["release", "register", "checkout", "1.0.0", "--commit", "x".repeat(5000)], /commit/));

  it("a version that is another one in the file", async () => {
    const cli = commandLine({ files: { "a.yaml": "version: 2.0.0\n" } });
    expect((await cli.json("error", "release", "register", "checkout", "1.0.0", "--file", "a.yaml")).error.message).toContain("is about version 2.0.0");
  });
});

describe("what isn't an error", () => {
  it.each([["--help"], ["help"], ["help", "pin"], ["pin", "--help"], ["release", "--help"], ["release", "register", "--help"], ["--version"], []])("%s %s %s", async (...argv) => {
    const ran = await commandLine().run(...argv);
    expect({ exit: ran.exit, stderr: ran.stderr }).toEqual({ exit: 0, stderr: "" });
    expect(ran.stdout).not.toBe("");
  });

  it("common flags stand before the verb or after it, and the last one wins", async () => {
    const cli = commandLine();
    for (const argv of [["-o", "json", "status"], ["status", "-o", "json"], ["-o", "yaml", "status", "-o", "json"]]) {
      expect(JSON.parse((await cli.succeed(...argv)).stdout)).toMatchObject({ kind: "status", apiVersion: "rollpin/v1" });
    }
  });

  it("colours come on a terminal only, and not with --no-color or NO_COLOR", async () => {
    const terminal = { answers: "" };
    const coloured = commandLine();
    await coloured.succeed("release", "register", "checkout", "1.0.0");
    const has = async (cli = coloured, ...argv: string[]) => (await cli.runWith(terminal, "status", ...argv)).stdout.includes("\u001B[");
    expect(await has()).toBe(true);
    expect(await has(coloured, "--no-color")).toBe(false);
    expect(await has(commandLine({ store: coloured.store, env: { NO_COLOR: "1" } }))).toBe(false);
    expect((await coloured.succeed("status")).stdout).not.toContain("\u001B[");
  });
});
