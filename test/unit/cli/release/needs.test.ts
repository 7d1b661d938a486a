import { describe, expect, it } from "vitest";
import { type CommandLine, type CommandLineOptions, commandLine } from "../command-line.ts";

const quiet = ["--yes", "--no-wait"] as const;

async function shop(options: CommandLineOptions): Promise<CommandLine> {
  const cli = commandLine(options);
  for (const version of ["1.0.0", "2.0.0"]) await cli.succeed("release", "register", "checkout", version);
  return cli;
}

describe("what a release needs", () => {
  it("warns of needs that nothing meets, and registers all the same", async () => {
    const cli = await shop({ files: { "3.yaml": "version: 3.0.0\nrequires: { payments: ^2.1, nobody: ^1 }\n" } });
    await cli.succeed("release", "register", "payments", "1.9.0");
    const { exit, stderr } = await cli.run("release", "register", "checkout", "3.0.0", "--file", "3.yaml");
    expect(exit).toBe(0);
    expect(stderr.split("\n")).toEqual([
      "warning: checkout 3.0.0 requires payments ^2.1, and none of the 1 registered versions of payments is in that range; the newest is 1.9.0",
      "warning: checkout 3.0.0 requires nobody ^1, and no service nobody is known here: is the name right?",
      "",
    ]);
  });

  it("runs the commands that a file names too, each a check by its name", async () => {
    const command = (script: string): string => JSON.stringify([process.execPath, "-e", script]);
    const sees = 'process.exit(process.env.ROLLPIN_PINS === JSON.stringify({ payments: "2.1.0" }) && !process.env.CONSUL_HTTP_TOKEN ? 0 : 1)';
    const files = {
      "3.yaml": "version: 3.0.0\nrequires: { payments: ^2.1 }\n",
      "ci.yaml": `service: checkout\nchecks:\n  - {name: sees pins, command: ${command(sees)}}\n  - {name: fails, command: ${command('console.error("no contract"); process.exit(4)')}, timeout: 10s}\n  - {name: goes on, command: ${command("")}}\n`,
      "bad.yaml": "checks:\n  - {name: x, command: []}\n",
    };
    const cli = await shop({ files, env: { CONSUL_HTTP_TOKEN: "secret" } });
    await cli.succeed("release", "register", "payments", "2.1.0");
    await cli.succeed("release", "register", "checkout", "3.0.0", "--file", "3.yaml");
    await cli.succeed("pin", "payments", "2.1.0", ...quiet);
    const { checks, exit, pinnable } = await cli.json("release-check", "release", "check", "checkout", "3.0.0", "--run", "ci.yaml");
    expect({ exit, pinnable }).toEqual({ exit: 3, pinnable: false });
    expect(checks.filter(({ name }) => name.startsWith("run: ")).map(({ name, result }) => [name, result])).toEqual([["run: sees pins", "passed"], ["run: fails", "refused"], ["run: goes on", "passed"]]);
    expect(checks.find(({ name }) => name === "run: fails")?.detail).toMatch(/ended with 4, saying last: no contract$/);
    for (const file of ["bad.yaml", "missing.yaml"]) expect((await cli.run("release", "check", "checkout", "3.0.0", "--run", file)).exit).toBe(2);
  });

  it("looks at who requires the service, and at its data", async () => {
    const files = { "p.yaml": "version: 2.0.0\nrequires: { checkout: ^1 }\n", "old.yaml": "version: 0.9.0\nschema: { writes: 3 }\n", "new.yaml": "version: 1.5.0\nschema: { writes: 4 }\n" };
    const cli = await shop({ files });
    await cli.succeed("release", "register", "payments", "2.0.0", "--file", "p.yaml");
    await cli.succeed("release", "register", "checkout", "0.9.0", "--file", "old.yaml");
    await cli.succeed("release", "register", "checkout", "1.5.0", "--file", "new.yaml");
    await cli.succeed("pin", "checkout", "1.5.0", ...quiet);
    await cli.succeed("pin", "payments", "2.0.0", ...quiet);
    const { checks, exit } = await cli.json("release-check", "release", "check", "checkout", "0.9.0");
    expect(exit).toBe(3);
    expect(checks.filter(({ result }) => result === "refused").map(({ name, service }) => [name, service])).toEqual([["schema", "checkout"], ["requires", "payments"]]);
    expect((await cli.run("pin", "checkout", "0.9.0", ...quiet)).exit).toBe(3);
  });
});
