import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { releaseKey } from "../../../core/store/keys.ts";
import { type FakeAgent, type FakeAgentOptions, startFakeAgent } from "./fake-agent.ts";
import { type CommandLine, type CommandLineOptions, commandLine } from "./command-line.ts";

const agents: FakeAgent[] = [];

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop()));
});

async function agent(cli: CommandLine, options: FakeAgentOptions): Promise<FakeAgent> {
  const started = await startFakeAgent(cli.store, options);
  agents.push(started);
  return started;
}

async function shop(options: CommandLineOptions = {}): Promise<CommandLine> {
  const cli = commandLine(options);
  for (const version of ["1.0.0", "2.0.0"]) await cli.succeed("release", "register", "checkout", version);
  return cli;
}

const quiet = ["--yes", "--no-wait"] as const;

describe("status", () => {
  it("says what to do where nothing is known", async () => {
    expect((await commandLine().succeed("status")).stdout).toContain("rollpin release register");
  });

  it("shows pins by track, versions with counts, in sync and total, who and why, in 80 columns", async () => {
    const cli = await shop();
    await cli.succeed("pin", "checkout", "1.0.0", ...quiet, "--reason", "the first one that we dare to run in all of the shops of the whole world");
    await cli.succeed("pin", "checkout", "2.0.0", "--track", "canary", ...quiet);
    for (const instance of ["a", "b"]) await agent(cli, { service: "checkout", instance });
    await agent(cli, { service: "checkout", instance: "c", track: "canary" });
    const [service] = (await cli.json("status", "status", "checkout")).services;
    expect(service?.tracks).toEqual([
      { track: "stable", pin: "1.0.0", inSync: 2, total: 2, versions: [{ version: "1.0.0", instances: 2 }] },
      { track: "canary", pin: "2.0.0", inSync: 1, total: 1, versions: [{ version: "2.0.0", instances: 1 }] },
    ]);
    expect(service).toMatchObject({ revision: 2, newest: { by: "jo@shop", kind: "pin" }, problems: [] });
    const text = (await cli.succeed("status")).stdout;
    expect(text).toMatch(/checkout +1\.0\.0 +2\/2 +1\.0\.0 x2/);
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("shows a pin by hand that can't be obeyed, with the reason, and goes on with what was accepted", async () => {
    const cli = await shop();
    await cli.succeed("pin", "checkout", "1.0.0", ...quiet);
    for (const [garbage, code] of [["latest", "unregistered"], ["", "malformed"], ["two words", "malformed"], ["../../x", "malformed"], ["x".repeat(300_000), "too-long"]] as const) {
      cli.store.putByHand("desired/checkout/pin", garbage);
      for (const argv of [["status"], ["status", "checkout"]]) {
        const [service] = (await cli.json("status", ...(argv as [string]))).services;
        expect(service?.problems).toMatchObject([{ kind: "hand-flip-refused", subject: "pin", code }]);
        expect(service?.tracks[0]?.pin).toBe("1.0.0");
        expect(JSON.stringify(service).length).toBeLessThan(4000);
      }
    }
  });

  it("names held and lost instances, the first few, and how many more", async () => {
    const cli = await shop();
    for (let index = 1; index <= 6; index++) await agent(cli, { service: "checkout", instance: `held-${index}`, habit: "hold" });
    const lost = await agent(cli, { service: "checkout", instance: "gone-1" });
    expect((await cli.run("pin", "checkout", "1.0.0", "--yes")).exit).toBe(5);
    await lost.stop();
    cli.store.expireSession(lost.session);
    const { services } = await cli.json("status", "status");
    expect(services[0]?.problems.map(({ kind, instances }) => [kind, instances?.length])).toEqual([["held", 6], ["lost", 1]]);
    const text = (await cli.succeed("status")).stdout.replaceAll(/\s+/g, " ");
    expect(text).toContain("6 held: held-1, held-2, held-3 and 3 more: ./releases/1.0.0 is not there");
    expect(text).toContain("1 lost: gone-1");
  });

  it("says where there are keys but no head", async () => {
    const cli = await shop();
    cli.store.putByHand("desired/payments/pin", "1.0.0");
    expect((await cli.json("status", "status")).problems).toMatchObject([{ kind: "stranger", subject: "desired/payments/pin" }]);
    expect((await cli.json("status", "status", "payments")).services[0]?.problems).toMatchObject([{ kind: "no-head", subject: "payments" }]);
  });

  it("knows no unknown service, and names the nearest", async () => {
    const cli = await shop();
    const { exit, error } = await cli.json("error", "status", "chekout");
    expect(exit).toBe(2);
    expect(error.message).toContain('Did you mean "checkout"?');
  });

  it("shows freezes, until they have ended", async () => {
    const cli = await shop();
    await cli.succeed("freeze", "checkout", "--for", "2h", "--scope", "all", "--reason", "Black Friday", "--yes");
    expect((await cli.json("status", "status")).services[0]?.freeze).toMatchObject({ scope: "all", by: "jo@shop", reason: "Black Friday" });
    expect((await cli.succeed("status")).stdout).toContain("frozen (all) by jo@shop until");
    const later = commandLine({ store: cli.store, clock: { ...systemClock, now: () => Date.now() + 3 * 3_600_000 } });
    expect((await later.json("status", "status")).services[0]?.freeze).toBeNull();
  });

  it("never lets what stands in Consul reach the terminal as an escape sequence", async () => {
    const cli = await shop({ by: "jo\u001B[31m@shop" });
    await cli.succeed("pin", "checkout", "1.0.0", ...quiet, "--reason", "\u001B]0;owned\u0007");
    for (const argv of [["status", "checkout"], ["history", "checkout"]]) {
      const ran = await cli.succeed(...argv);
      expect(ran.stdout).not.toContain("\u001B");
      expect(ran.stdout).toContain("\\u001b");
    }
  });

  it("--watch prints one object a line for each change, until Ctrl-C, which is exit 0", async () => {
    const cli = await shop();
    const stop = new AbortController();
    const seen: string[] = [];
    const onStdout = (text: string): void => {
      seen.push(text);
      if (seen.length === 1) void cli.succeed("pin", "checkout", "1.0.0", ...quiet);
      else stop.abort();
    };
    const ran = await cli.runWith({ interrupt: stop.signal, onStdout }, "status", "--watch", "-o", "json");
    expect(ran.exit).toBe(0);
    const lines = ran.stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as { services: { revision: number }[] });
    expect(lines.map((line) => line.services[0]?.revision)).toEqual([0, 1]);
  });
});

describe("release", () => {
  it("registers once: the same again is no error, other content is refused", async () => {
    const cli = await shop();
    expect((await cli.json("registered", "release", "register", "checkout", "1.0.0")).outcome).toBe("same");
    const { exit, error } = await cli.json("error", "release", "register", "checkout", "1.0.0", "--commit", "abc");
    expect({ exit, check: error.check }).toEqual({ exit: 3, check: "registered" });
  });

  it("takes a file, and tells every error in it by its line", async () => {
    const files = {
      "good.yaml": "version: 3.0.0\ncommit: abc\nrequires:\n  payments: ^2.1\n",
      "bad.yaml": "version: 3.0.0\nrequires:\n  payments: nonsense!\ncolour: red\n",
      "other.yaml": "version: 9.9.9\n",
    };
    const cli = await shop({ files });
    expect((await cli.json("registered", "release", "register", "checkout", "3.0.0", "--file", "good.yaml")).release.requires).toEqual({ payments: "^2.1" });
    const bad = await cli.json("error", "release", "register", "checkout", "3.0.0", "--file", "bad.yaml");
    expect(bad.exit).toBe(2);
    expect(bad.error.message).toMatch(/bad\.yaml:3:.*\n?.*bad\.yaml:4:/s);
    for (const file of ["other.yaml", "missing.yaml"]) expect((await cli.run("release", "register", "checkout", "3.0.0", "--file", file)).exit).toBe(2);
  });

  it("lists newest first with verdicts and pins, and shows one", async () => {
    const cli = await shop();
    await cli.succeed("pin", "checkout", "1.0.0", ...quiet);
    await cli.succeed("release", "condemn", "checkout", "2.0.0", "--yes", "--reason", "it burns");
    await cli.succeed("release", "clear", "checkout", "1.0.0", "--good", "--yes");
    const { releases } = await cli.json("releases", "release", "list", "checkout");
    expect(releases.map(({ version, verdict, pinned }) => [version, verdict?.verdict, pinned])).toEqual([["2.0.0", "condemned", []], ["1.0.0", "good", ["stable"]]]);
    expect((await cli.succeed("release", "show", "checkout", "2.0.0")).stdout).toContain("condemned by jo@shop");
    expect((await cli.json("release", "release", "show", "checkout", "1.0.0")).release.pinned).toEqual(["stable"]);
    expect((await cli.run("release", "show", "checkout", "2.0.1")).exit).toBe(3);
    await cli.succeed("release", "clear", "checkout", "2.0.0", "--yes");
    expect((await cli.json("release", "release", "show", "checkout", "2.0.0")).release.verdict).toBeNull();
  });

  it.each([
    { pin: undefined, exit: 0, result: "warned" },
    { pin: "2.1.0", exit: 0, result: "passed" },
    { pin: "1.9.0", exit: 3, result: "refused" },
  ])("checks what it requires against the pins: payments at $pin", async ({ pin, exit, result }) => {
    const cli = await shop({ files: { "3.yaml": "version: 3.0.0\nrequires: { payments: ^2.1 }\n" } });
    await cli.succeed("release", "register", "checkout", "3.0.0", "--file", "3.yaml");
    await cli.succeed("release", "register", "payments", pin ?? "0.1.0");
    if (pin !== undefined) await cli.succeed("pin", "payments", pin, ...quiet);
    const answer = await cli.json("release-check", "release", "check", "checkout", "3.0.0");
    expect({ exit: answer.exit, pinnable: answer.pinnable }).toEqual({ exit, pinnable: exit === 0 });
    expect(answer.checks.find(({ name }) => name === "requires")?.result).toBe(result);
  });

  it("checks 3 for what is not registered, condemned or frozen", async () => {
    const cli = await shop();
    await cli.succeed("release", "condemn", "checkout", "2.0.0", "--yes");
    expect((await cli.json("release-check", "release", "check", "checkout", "9.9.9")).exit).toBe(3);
    expect((await cli.json("release-check", "release", "check", "checkout", "2.0.0")).exit).toBe(3);
    expect((await cli.json("release-check", "release", "check", "checkout", "1.0.0")).exit).toBe(0);
    await cli.succeed("freeze", "checkout", "--yes");
    expect((await cli.json("release-check", "release", "check", "checkout", "1.0.0")).exit).toBe(3);
  });
});

describe("config", () => {
  it("is what was given, byte for byte, from a file, stdin or the command line", async () => {
    const files = { "settings.yaml": "a: 1\nb: ü\n" };
    const cli = await shop({ files });
    await cli.succeed("config", "set", "checkout", "settings.yaml", ...quiet);
    expect((await cli.succeed("config", "get", "checkout")).stdout).toBe(files["settings.yaml"]);
    await cli.runWith({ stdin: "no line break" }, "config", "set", "checkout", "-", ...quiet);
    expect((await cli.succeed("config", "get", "checkout")).stdout).toBe("no line break");
    await cli.succeed("config", "set", "checkout", "--text", "", ...quiet);
    expect((await cli.json("config", "config", "get", "checkout")).config).toBe("");
    await cli.succeed("config", "set", "checkout", "--remove", ...quiet);
    const none = await cli.json("config", "config", "get", "checkout");
    expect({ config: none.config, revision: none.revision }).toEqual({ config: null, revision: 4 });
    expect((await cli.succeed("config", "get", "checkout")).stderr).toContain("checkout has no config");
  });

  it.each([{ argv: [] }, { argv: ["file", "--text", "x"] }, { argv: ["--text", "x", "--remove"] }, { argv: ["missing.yaml"] }])("takes exactly one source: $argv", async ({ argv }) => {
    const cli = await shop({ files: { file: "a" } });
    expect((await cli.run("config", "set", "checkout", ...argv, ...quiet)).exit).toBe(2);
  });

  it("that Consul can't take in one transaction is refused", async () => {
    const cli = await shop({ files: { big: "x".repeat(600_000) } });
    const { exit, error } = await cli.json("error", "config", "set", "checkout", "big", ...quiet);
    expect({ exit, check: error.check }).toEqual({ exit: 3, check: "transaction-size" });
  });
});

describe("rollback, undo, restart", () => {
  async function twice(): Promise<CommandLine> {
    const cli = await shop();
    for (const version of ["1.0.0", "2.0.0"]) await cli.succeed("pin", "checkout", version, ...quiet);
    return cli;
  }
  const pinOf = async (cli: CommandLine) => (await cli.json("status", "status", "checkout")).services[0]?.tracks[0]?.pin;

  it("goes back and condemns; twice never returns to the bad version; undo of it is exact, and undo of that too", async () => {
    const cli = await twice();
    await cli.succeed("rollback", "checkout", ...quiet);
    expect(await pinOf(cli)).toBe("1.0.0");
    expect((await cli.run("rollback", "checkout", ...quiet)).exit).toBe(3);
    await cli.succeed("undo", "checkout", ...quiet);
    expect(await pinOf(cli)).toBe("2.0.0");
    expect((await cli.json("release", "release", "show", "checkout", "2.0.0")).release.verdict).toBeNull();
    const { revisions } = await cli.json("history", "history", "checkout");
    await cli.succeed("undo", revisions[0]?.plan ?? "", ...quiet);
    expect(await pinOf(cli)).toBe("1.0.0");
    expect((await cli.json("release", "release", "show", "checkout", "2.0.0")).release.verdict?.verdict).toBe("condemned");
  });

  it.each([
    { argv: ["--to", "1.0.0"] }, { argv: ["--to", "^1"] }, { argv: ["--steps", "1"] }, { argv: ["--revision", "1"] },
  ])("$argv", async ({ argv }) => {
    const cli = await twice();
    await cli.succeed("rollback", "checkout", ...argv, ...quiet);
    expect(await pinOf(cli)).toBe("1.0.0");
  });

  it("--at names the revision that it resolved to", async () => {
    let now = Date.parse("2026-11-21T10:00:00Z");
    const cli = await shop({ clock: { ...systemClock, now: () => now } });
    for (const version of ["1.0.0", "2.0.0"]) {
      now += 60_000;
      await cli.succeed("pin", "checkout", version, ...quiet);
    }
    now += 60_000;
    const ran = await cli.succeed("rollback", "checkout", "--at", "90s", ...quiet);
    expect(ran.stderr).toMatch(/target: .*revision 1/s);
    expect(await pinOf(cli)).toBe("1.0.0");
    expect((await cli.json("release", "release", "show", "checkout", "2.0.0")).release.verdict).toBeNull();
  });

  it("--no-condemn condemns nothing, --only config leaves the pin", async () => {
    const cli = await twice();
    await cli.succeed("config", "set", "checkout", "--text", "a: 1", ...quiet);
    await cli.succeed("config", "set", "checkout", "--text", "a: 2", ...quiet);
    await cli.succeed("rollback", "checkout", "--only", "config", ...quiet);
    expect((await cli.json("config", "config", "get", "checkout")).config).toBe("a: 1");
    expect(await pinOf(cli)).toBe("2.0.0");
    await cli.succeed("rollback", "checkout", "--no-condemn", ...quiet);
    expect((await cli.json("release", "release", "show", "checkout", "2.0.0")).release.verdict).toBeNull();
  });

  it("moves several services in one plan", async () => {
    const cli = await twice();
    for (const version of ["1.0.0", "2.0.0"]) {
      await cli.succeed("release", "register", "payments", version);
      await cli.succeed("pin", "payments", version, ...quiet);
    }
    const { services, id } = await cli.json("change", "rollback", "checkout", "payments", ...quiet);
    expect(services).toEqual([{ service: "checkout", revision: 3 }, { service: "payments", revision: 3 }]);
    await cli.succeed("undo", "payments", ...quiet);
    expect((await cli.json("history", "history", "checkout")).revisions[0]).toMatchObject({ kind: "undo", undoes: id });
  });

  it("restart gets a revision and changes nothing else", async () => {
    const cli = await twice();
    const { plan } = await cli.json("change", "restart", "checkout", "--track", "stable", ...quiet);
    expect(plan?.services[0]).toMatchObject({ changes: [], restart: { tracks: ["stable"] } });
  });

  it("unpin writes none", async () => {
    const cli = await twice();
    await cli.succeed("unpin", "checkout", ...quiet);
    expect(await pinOf(cli)).toBe("none");
  });
});

describe("history and diff", () => {
  it("tell who, when, why and what", async () => {
    const cli = await shop();
    await cli.succeed("pin", "checkout", "1.0.0", ...quiet);
    await cli.succeed("config", "set", "checkout", "--text", "a: 1\nb: 2\nc: 3\n", ...quiet);
    await cli.succeed("config", "set", "checkout", "--text", "a: 1\nb: 5\nd: 4\nc: 3\n", ...quiet, "--reason", "more b");
    const text = (await cli.succeed("history", "checkout")).stdout;
    expect(text).toMatch(/#3 .* config {2}by jo@shop {2}checkout\.3-/);
    expect(text).toContain("config +2 -1 lines");
    expect(text).toContain('"more b"');
    expect((await cli.json("history", "history", "checkout", "-n", "1")).revisions).toHaveLength(1);
    const diff = await cli.json("diff", "diff", "checkout");
    expect(diff).toMatchObject({ from: 2, to: 3 });
    expect(diff.changes[0]?.lines).toEqual([{ sign: "-", line: 2, text: "b: 2" }, { sign: "+", line: 2, text: "b: 5" }, { sign: "+", line: 3, text: "d: 4" }]);
    expect((await cli.json("diff", "diff", "checkout", "0", "1")).changes).toEqual([{ part: "pin", after: "1.0.0", lines: [] }]);
    expect((await cli.json("diff", "diff", "checkout", "1")).to).toBe("now");
    expect((await cli.succeed("diff", "checkout", "3", "3")).stdout).toContain("nothing differs");
    expect((await cli.run("diff", "checkout", "9")).exit).toBe(2);
  });

  it("say how many revisions are kept, for every service, and change it as any other verb does", async () => {
    const cli = commandLine();
    const key = async (): Promise<string | undefined> => {
      const entry = await cli.store.get("meta/history");
      return entry.ok && entry.value !== undefined ? Buffer.from(entry.value.value).toString() : undefined;
    };
    expect(await cli.run("history", "--keep", "500")).toMatchObject({ exit: 2, stderr: expect.stringContaining("add --yes") as string });
    expect(await cli.json("kept-history", "history", "--keep", "500", "--dry-run")).toMatchObject({ before: 200, keep: 500, outcome: "planned" });
    expect(await key()).toBeUndefined();
    expect((await cli.succeed("history", "--keep", "500", "--yes")).stdout).toBe("500 revisions of each service are kept from now on (200 until now)\n");
    expect(await key()).toBe("500");
    expect(await cli.json("kept-history", "history", "--keep", "500", "--yes")).toMatchObject({ before: 500, outcome: "unchanged" });
    expect((await cli.succeed("history", "--keep", "20", "--yes")).stdout).toContain("older ones go for good");
    cli.store.putByHand("meta/history", "a few");
    expect(await cli.json("kept-history", "history", "--keep", "200", "--yes")).toMatchObject({ before: null, keep: 200, outcome: "changed" });
    for (const argv of [["--keep", "9"], ["--keep", "many"], ["--keep", "500", "checkout"], ["--keep", "500", "-n", "2"], ["checkout", "--dry-run"], []]) {
      expect((await cli.run("history", ...argv)).exit, argv.join(" ")).toBe(2);
    }
    expect(await key()).toBe("200");
  });

  it("tell of records that can't be read", async () => {
    const cli = await shop();
    await cli.succeed("pin", "checkout", "1.0.0", ...quiet);
    await cli.succeed("pin", "checkout", "2.0.0", ...quiet);
    cli.store.putByHand("history/checkout/0000000001", "{");
    cli.store.putByHand(releaseKey("checkout", "1.0.0"), "garbage");
    expect((await cli.json("history", "history", "checkout")).unreadable).toHaveLength(1);
    expect((await cli.json("status", "status", "checkout")).services[0]?.problems.map(({ kind }) => kind)).toContain("unreadable");
  });
});

describe("freeze", () => {
  it("stops pins but not rollbacks, and all of them with --scope all; unfreeze lets go", async () => {
    const cli = await shop();
    for (const version of ["1.0.0", "2.0.0"]) await cli.succeed("pin", "checkout", version, ...quiet);
    await cli.succeed("freeze", "checkout", "--yes");
    expect((await cli.run("pin", "checkout", "1.0.0", ...quiet)).exit).toBe(3);
    await cli.succeed("rollback", "checkout", ...quiet);
    await cli.succeed("freeze", "checkout", "--scope", "all", "--yes");
    expect((await cli.run("undo", "checkout", ...quiet)).exit).toBe(3);
    await cli.succeed("unfreeze", "checkout", "--yes");
    await cli.succeed("undo", "checkout", ...quiet);
    expect((await cli.json("change", "unfreeze", "checkout", "--yes")).changed).toBe(false);
  });
});
