import { afterEach, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../../../core/clock.ts";
import type { StoreFault } from "../../../core/model/fault.ts";
import { instantClock } from "../store/instant-clock.ts";
import { type FakeAgent, type FakeAgentOptions, startFakeAgent } from "./fake-agent.ts";
import { type CommandLine, commandLine } from "./command-line.ts";

const agents: FakeAgent[] = [];

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop()));
});

async function withAgents(cli: CommandLine, ...options: readonly FakeAgentOptions[]): Promise<void> {
  for (const one of options) agents.push(await startFakeAgent(cli.store, one));
}

/** `checkout` with 1.0.0 and 2.0.0 registered, and as many obedient agents. */
async function shop(instances: number, clock: Clock = systemClock): Promise<CommandLine> {
  const cli = commandLine({ clock });
  await cli.succeed("release", "register", "checkout", "1.0.0");
  await cli.succeed("release", "register", "checkout", "2.0.0");
  for (let index = 1; index <= instances; index++) await withAgents(cli, { service: "checkout", instance: `checkout-${index}` });
  return cli;
}

describe("a change that everybody applies", () => {
  it("ends with 0 and the receipt on stdout, the plan on stderr", async () => {
    const cli = await shop(2);
    const ran = await cli.succeed("pin", "checkout", "1.0.0", "--yes", "--reason", "first");
    expect(ran.stdout).toMatch(/checkout revision 1: 2\/2 applied in \d+\.\d s/);
    expect(ran.stderr).toContain("pin unset -> 1.0.0");
    expect(ran.stdout).not.toContain("Plan:");
  });

  it("has the receipt in its JSON, instance by instance", async () => {
    const cli = await shop(2);
    const { receipt, changed, services, exit } = await cli.json("change", "pin", "checkout", "1.0.0", "--yes");
    expect({ exit, changed, services }).toEqual({ exit: 0, changed: true, services: [{ service: "checkout", revision: 1 }] });
    expect(receipt?.state).toBe("complete");
    expect(receipt?.services[0]).toMatchObject({ applied: 2, lagging: 0, instances: { "checkout-1": { standing: "applied", version: "1.0.0" } } });
  });

  it("waits for nobody with --no-wait", async () => {
    const cli = await shop(1);
    const ran = await cli.succeed("pin", "checkout", "1.0.0", "--yes", "--no-wait");
    expect(ran.stdout).toContain("not waited for");
  });
});

describe("exit 5: changed, but not everywhere", () => {
  it("where no instance is there", async () => {
    const cli = await shop(0);
    const ran = await cli.run("pin", "checkout", "1.0.0", "--yes");
    expect(ran.exit).toBe(5);
    expect(ran.stdout).toContain("no instance is there to apply it");
  });

  it("where one holds, which is named with why", async () => {
    const cli = await shop(1);
    await withAgents(cli, { service: "checkout", instance: "checkout-9", habit: "hold" });
    const ran = await cli.run("pin", "checkout", "1.0.0", "--yes");
    expect(ran.exit).toBe(5);
    expect(ran.stdout).toContain("1/2 applied");
    expect(ran.stdout).toContain("1 lagging");
    expect(ran.stdout).toMatch(/checkout-9: held: .*is not there/);
  });

  it("where --timeout ends the waiting", async () => {
    const cli = await shop(0);
    await withAgents(cli, { service: "checkout", instance: "checkout-1", habit: "sleep" });
    const { exit, message, receipt } = await cli.json("change", "pin", "checkout", "1.0.0", "--yes", "--timeout", "50ms");
    expect({ exit, state: receipt?.state }).toEqual({ exit: 5, state: "waiting" });
    expect(message).toContain("--timeout");
  });

  it("where Ctrl-C ends the waiting; the change stands", async () => {
    const cli = await shop(0);
    await withAgents(cli, { service: "checkout", instance: "checkout-1", habit: "sleep" });
    const interrupt = new AbortController();
    const onStderr = (text: string): void => void (text.startsWith("waiting:") && interrupt.abort());
    const ran = await cli.runWith({ interrupt: interrupt.signal, onStderr }, "pin", "checkout", "1.0.0", "--yes");
    expect(ran.exit).toBe(5);
    expect(ran.stdout).toContain("stopped waiting; the change stands");
    expect((await cli.json("status", "status", "checkout")).services[0]?.tracks[0]?.pin).toBe("1.0.0");
  });
});

describe("exit 3: refused by a check, which is named", () => {
  it.each([
    { what: "an unregistered version", before: [], argv: ["pin", "checkout", "3.0.0"], check: "registered" },
    { what: "an unregistered version with --override", before: [], argv: ["pin", "checkout", "3.0.0", "--override"], check: "registered" },
    { what: "a condemned version", before: [["release", "condemn", "checkout", "2.0.0", "--yes"]], argv: ["pin", "checkout", "2.0.0"], check: "condemned" },
    { what: "a frozen service", before: [["freeze", "checkout", "--yes"]], argv: ["pin", "checkout", "2.0.0"], check: "frozen" },
    { what: "a rollback with one version", before: [["pin", "checkout", "1.0.0", "--yes", "--no-wait"]], argv: ["rollback", "checkout"], check: "target" },
    { what: "a time before the oldest revision", before: [["pin", "checkout", "1.0.0", "--yes", "--no-wait"]], argv: ["rollback", "checkout", "--at", "2001-01-01"], check: "kept-history" },
    { what: "undo of nothing", before: [], argv: ["undo", "checkout"], check: "kept-history" },
  ])("$what", async ({ before, argv, check }) => {
    const cli = await shop(0);
    for (const one of before) await cli.succeed(...one);
    for (const flags of [["--yes"], ["--dry-run"]]) {
      const { exit, error } = await cli.json("error", ...argv, ...flags);
      expect({ exit, code: error.code, inside: error.exit }).toEqual({ exit: 3, code: "refused", inside: 3 });
      expect(error.check).toBe(check);
    }
    expect((await cli.run(...argv, "--yes")).stderr).toContain(`refused (${check}):`);
  });

  it("where the person at the terminal declines, by any word but yes, by Ctrl-C or the end of input", async () => {
    const cli = await shop(0);
    for (const answers of ["n", "", "yep", "ja"]) {
      const ran = await cli.runWith({ answers }, "pin", "checkout", "1.0.0");
      expect(ran.exit).toBe(3);
      expect(ran.stderr).toContain("Do this? [y/N]");
    }
    expect((await cli.json("history", "history", "checkout")).revisions).toEqual([]);
  });
});

describe("exit 4: someone else was there first", () => {
  it("says who and since when, and changes nothing", async () => {
    const cli = await shop(0);
    const other = commandLine({ store: cli.store, by: "ann@shop" });
    await cli.succeed("pin", "checkout", "1.0.0", "--yes", "--no-wait");
    const beforeAnswer = () => other.succeed("pin", "checkout", "2.0.0", "--yes", "--no-wait");
    const ran = await cli.runWith({ answers: "y", beforeAnswer }, "rollback", "checkout", "--to", "2.0.0", "--no-wait");
    expect(ran.exit).toBe(4);
    expect(ran.stderr).toContain("ann@shop changed checkout at 2");
  });

  it("undo after something came later", async () => {
    const cli = await shop(0);
    await cli.succeed("pin", "checkout", "1.0.0", "--yes", "--no-wait");
    await cli.succeed("pin", "checkout", "2.0.0", "--yes", "--no-wait");
    const { exit, error } = await cli.json("error", "undo", "checkout.1", "--yes");
    expect({ exit, code: error.code }).toEqual({ exit: 4, code: "conflict" });
  });
});

describe("exit 6: Consul", () => {
  const faults: readonly { readonly fault: StoreFault["kind"]; readonly says: string; readonly clock?: Clock }[] = [
    { fault: "unreachable", says: "can't be reached" },
    { fault: "no-leader", says: "no leader", clock: instantClock() },
    { fault: "denied", says: "CONSUL_HTTP_TOKEN" },
  ];
  it.each(faults)("$fault", async ({ fault, says, clock }) => {
    const cli = await shop(0, clock);
    cli.store.setOutage(fault);
    for (const argv of [["status"], ["pin", "checkout", "1.0.0", "--yes"], ["history", "checkout"]]) {
      const { exit, error } = await cli.json("error", ...argv);
      expect({ exit, code: error.code }).toEqual({ exit: 6, code: "consul" });
      expect(error.message).toContain(says);
    }
  });
});

describe("an election of Consul's servers", () => {
  it("is waited out, and said once", async () => {
    const cli = await shop(0, instantClock());
    cli.store.setOutage("no-leader");
    const { exit, stderr } = await cli.runWith({ onStderr: (text) => text.includes("no leader") && cli.store.setOutage(undefined) }, "pin", "checkout", "1.0.0", "--yes", "--no-wait");
    expect({ exit, said: stderr.match(/no leader/g) }).toEqual({ exit: 0, said: ["no leader"] });
    cli.store.failNext("no-leader");
    expect((await cli.json("history", "history", "checkout")).revisions).toHaveLength(1);
  });
});

describe("exit 0 without a revision", () => {
  it("where it is already so", async () => {
    const cli = await shop(0);
    await cli.succeed("pin", "checkout", "1.0.0", "--yes", "--no-wait");
    const { changed, message } = await cli.json("change", "pin", "checkout", "1.0.0", "--yes");
    expect(changed).toBe(false);
    expect(message).toContain("pinned to 1.0.0 already");
    expect((await cli.json("history", "history", "checkout")).revisions).toHaveLength(1);
  });

  it("for a dry run, which needs no --yes, prints the plan on stdout and writes nothing", async () => {
    const cli = await shop(0);
    const before = await cli.store.keys("");
    const { plan, exit } = await cli.json("plan", "pin", "checkout", "1.0.0", "--dry-run");
    expect(exit).toBe(0);
    expect(plan.services[0]?.changes).toEqual([{ part: "pin", after: "1.0.0" }]);
    expect(await cli.store.keys("")).toEqual(before);
    const text = await cli.succeed("pin", "checkout", "1.0.0", "--dry-run");
    expect(text.stdout).toContain("dry run: nothing was changed");
    expect(text.stderr).toBe("");
  });
});

describe("--yes", () => {
  it.each([
    ["pin", "checkout", "1.0.0"], ["unpin", "checkout"], ["config", "set", "checkout", "--text", "a: 1"], ["rollback", "checkout"], ["undo", "checkout"],
    ["restart", "checkout"], ["freeze", "checkout"], ["unfreeze", "checkout"], ["release", "condemn", "checkout", "1.0.0"], ["release", "clear", "checkout", "1.0.0"],
  ])("is asked for away from a terminal: %s %s", async (...argv) => {
    const cli = await shop(0);
    const { exit, error } = await cli.json("error", ...argv);
    expect({ exit, code: error.code }).toEqual({ exit: 2, code: "usage" });
    expect(error.message).toContain("--yes");
  });

  it("is what a person says at a terminal", async () => {
    const cli = await shop(1);
    const ran = await cli.runWith({ answers: "y" }, "pin", "checkout", "1.0.0");
    expect(ran.exit).toBe(0);
    expect(ran.stderr).toContain("1/1");
  });
});

describe("hand flips", () => {
  it("get their history entry from the next verb, and a dry run leaves them", async () => {
    const cli = await shop(0);
    await cli.succeed("pin", "checkout", "1.0.0", "--yes", "--no-wait");
    cli.store.putByHand("desired/checkout/pin", "2.0.0\n");
    await cli.succeed("pin", "checkout", "1.0.0", "--dry-run");
    expect((await cli.json("history", "history", "checkout")).revisions).toHaveLength(1);
    const ran = await cli.succeed("pin", "checkout", "1.0.0", "--yes", "--no-wait");
    expect(ran.stderr).toContain("changed by hand");
    const { revisions } = await cli.json("history", "history", "checkout");
    expect(revisions.map(({ by, kind }) => `${by} ${kind}`)).toEqual(["jo@shop pin", "external external", "jo@shop pin"]);
  });
});
