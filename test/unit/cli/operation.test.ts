import { beforeEach, describe, expect, it } from "vitest";
import { digestOf } from "../../../core/decide/digest.ts";
import { factsOf } from "../decide/facts.ts";
import { createOperator } from "../operations/operator.ts";
import { type CommandLine, commandLine } from "./command-line.ts";

const SERVICES = Array.from({ length: 20 }, (_, place) => `s${String(place).padStart(2, "0")}`);
const quiet = ["--yes", "--no-wait"] as const;
let cli: CommandLine;

beforeEach(async () => {
  cli = commandLine();
  const alice = createOperator(cli.store, "alice");
  for (const service of SERVICES) {
    await alice.register(service, "1", "2");
    await alice.pin(service, "1");
    await alice.pin(service, "2");
  }
});

const flip = (service: string, text: string): void => cli.store.putByHand(`desired/${service}/pin`, text);
const pins = async (): Promise<string> => {
  const listed = await cli.store.list("desired/");
  return listed.ok ? listed.value.entries.flatMap(({ key, value }) => (key.endsWith("/pin") ? [Buffer.from(value).toString()] : [])).join("") : "?";
};

/** A rollback of all that meets a hand in its last step: somebody flips while the operator reads the plan. */
async function leaveBehind(): Promise<string> {
  const ran = await cli.runWith({ answers: "y", beforeAnswer: () => Promise.resolve(flip("s19", "9")) }, "rollback", ...SERVICES, "--no-wait");
  expect(ran.exit).toBe(4);
  return /operation (s00\.3-[a-z2-7]{6}): rollback of 20 services by jo@shop, in 2 steps/.exec(ran.stderr)?.[1] ?? ran.stderr;
}

describe("a rollback of twenty services", () => {
  it("is one change like any other, and undo takes it back", async () => {
    const { changed, exit, id, services } = await cli.json("change", "rollback", ...SERVICES, ...quiet);
    expect({ changed, exit, services: services?.length }).toEqual({ changed: true, exit: 0, services: 20 });
    expect(await pins()).toBe("1".repeat(20));
    expect((await cli.json("operations", "operation", "list")).operations).toMatchObject([{ id, state: "done", holder: null, record: { phase: "done" } }]);
    await cli.succeed("undo", id ?? "", ...quiet);
    expect(await pins()).toBe("2".repeat(20));
    expect((await cli.succeed("status")).stderr).toBe("");
  });
});

describe("what was left behind", () => {
  it("is said with the key that stopped it, and what to do", async () => {
    const ran = await cli.runWith({ answers: "y", beforeAnswer: () => Promise.resolve(flip("s19", "9")) }, "rollback", ...SERVICES, "--no-wait");
    expect({ exit: ran.exit, said: ran.stderr }).toEqual({ exit: 4, said: expect.stringMatching(/rollpin\/desired\/s19\/pin was changed since the plan was made, by a hand that leaves no name.*"rollpin operation resume s00\.3-\w+" goes on with it, "rollpin operation abort s00\.3-\w+" takes it back/s) as string });
  });

  it("is the first thing that the next command shows, on stderr, and not beside JSON", async () => {
    const id = await leaveBehind();
    const { stderr } = await cli.succeed("history", "s00");
    expect(stderr).toMatch(new RegExp(`^note: operation ${id} \\(rollback of 20 services by jo@shop, just now\\): 1 of 2 steps are done; nobody is at it; "rollpin operation resume ${id}" finishes it, "rollpin operation abort ${id}" takes it back\\n$`));
    expect((await cli.run("history", "s00", "-o", "json")).stderr).toBe("");
    expect((await cli.run("operation", "list")).stderr).toBe("");
  });

  it("is listed, and shown step by step", async () => {
    const id = await leaveBehind();
    expect((await cli.succeed("operation", "list")).stdout).toContain(`${id}  stopped  rollback of 20 services by jo@shop`);
    const shown = (await cli.succeed("operation", "show", id)).stdout;
    expect(shown).toMatch(/done {2}1\. transaction: s00, s01 and 12 more\n {8}2\. transaction: s14, s15 and 4 more/);
    expect((await cli.json("operation", "operation", "show", id)).operation).toMatchObject({ state: "stopped", record: { next: 1, stopped: { why: expect.stringContaining("s19/pin") as string } } });
  });

  it("is named by status at each of its services", async () => {
    const id = await leaveBehind();
    expect((await cli.json("status", "status", "s07")).services[0]?.operation).toMatchObject({ id, kind: "rollback", by: "jo@shop", back: true });
    expect((await cli.succeed("status", "s07")).stdout).toContain(`operation ${id} is at it (rollback by jo@shop, just now)`);
  });

  it("makes others wait, with exit 4, who and since when; a rollback waits for this one too", async () => {
    const id = await leaveBehind();
    for (const words of [["pin", "s00", "2"], ["rollback", "s18"], ["freeze", "s07"]]) {
      const { error, exit } = await cli.json("error", ...words, "--yes", ...(words[0] === "freeze" ? [] : ["--no-wait"]));
      expect({ exit, said: error.message }).toEqual({ exit: 4, said: expect.stringContaining(`is part of operation ${id} (rollback by jo@shop since `) as string });
    }
  });

  it("is taken back by abort: as before, but for the hand's", async () => {
    const id = await leaveBehind();
    const { exit, operation, outcome } = await cli.json("operation", "operation", "abort", id, ...quiet);
    expect({ exit, outcome, state: operation.state }).toEqual({ exit: 0, outcome: expect.stringMatching(/is taken back: history keeps that as s00\.4-/) as string, state: "aborted" });
    expect(await pins()).toBe(`${"2".repeat(19)}9`);
    expect((await cli.json("history", "history", "s00")).revisions[0]).toMatchObject({ kind: "undo", undoes: id, by: "jo@shop" });
    expect((await cli.succeed("status", "s00")).stderr).toBe("");
  });

  it("is finished by resume, over the hand with --override only", async () => {
    const id = await leaveBehind();
    expect((await cli.run("operation", "resume", id, ...quiet)).exit).toBe(4);
    expect((await cli.json("operation", "operation", "resume", id, "--override", ...quiet)).operation.state).toBe("done");
    expect(await pins()).toBe("1".repeat(20));
    expect((await cli.succeed("operation", "resume", id, ...quiet)).stdout).toContain("was done already");
  });

  it("is only shown with --dry-run, and asked about", async () => {
    const id = await leaveBehind();
    expect((await cli.json("operation", "operation", "abort", id, "--dry-run")).operation.state).toBe("stopped");
    const declined = await cli.runWith({ answers: "n" }, "operation", "abort", id);
    expect({ exit: declined.exit, asked: declined.stderr }).toEqual({ exit: 3, asked: expect.stringMatching(/stopped.*rollback of 20.*Take it back\?/s) as string });
    expect((await cli.run("operation", "abort", id)).exit).toBe(2);
  });
});

describe("a restore of twenty services", () => {
  /** Each has a live agent that had applied revision 9, and left it. */
  beforeEach(async () => {
    const session = await cli.store.sessions.create({ name: "test", ttlMs: 60_000 });
    for (const service of SERVICES) {
      const { record } = factsOf({ instances: [{ revision: 9, status: "held", restored: true }] }).instances[0] ?? {};
      await cli.store.transact([{ kind: "lock", key: `instances/${service}/one`, value: JSON.stringify({ ...record, service, instance: "one" }), session: session.ok ? session.value : "" }]);
      const state = { pins: { stable: "1" } };
      cli.store.putByHand(`remembered/${service}/${digestOf(state)}`, JSON.stringify({ revision: 9, state, by: "one", at: "2026-03-01T12:00:00.000Z" }));
    }
  });

  it("is one change, above all that was applied", async () => {
    const { exit, services } = await cli.json("change", "restore", "reassert", ...SERVICES, ...quiet);
    expect({ exit, services: services?.map(({ revision }) => revision) }).toEqual({ exit: 0, services: SERVICES.map(() => 10) });
    expect(await pins()).toBe("1".repeat(20));
    expect((await cli.json("operations", "operation", "list")).operations).toMatchObject([{ state: "done", record: { kind: "restore" } }]);
  });

  it("is only finished once it has begun, over a hand with --override", async () => {
    const ran = await cli.runWith({ answers: "y", beforeAnswer: () => Promise.resolve(flip("s19", "9")) }, "restore", "reassert", ...SERVICES, "--no-wait");
    expect(ran.exit).toBe(4);
    const id = /operation (s00\.10-[a-z2-7]{6}): restore of 20 services by jo@shop, in 2 steps/.exec(ran.stderr)?.[1] ?? ran.stderr;
    expect(ran.stderr).toContain("it can't be taken back any more");
    const { error, exit } = await cli.json("error", "operation", "abort", id, ...quiet);
    expect({ exit, said: error.message }).toEqual({ exit: 3, said: expect.stringMatching(/because it has begun what can't be: the restore of s00, s01 and \d+ more.*"rollpin operation resume /) as string });
    expect((await cli.json("operation", "operation", "resume", id, "--override", ...quiet)).operation.state).toBe("done");
    expect(await pins()).toBe("1".repeat(20));
  });
});

describe("a lock", () => {
  const lock = async (id: string): Promise<void> => {
    const session = await cli.store.sessions.create({ name: "test", ttlMs: 10_000 });
    await cli.store.transact([{ kind: "lock", key: `locks/operations/${id}`, value: JSON.stringify({ by: "ben@desk", at: new Date(Date.now() - 180_000).toISOString() }), session: session.ok ? session.value : "" }]);
  };

  it("makes resume wait and name who has it; unlock says since when, and takes it", async () => {
    const id = await leaveBehind();
    await lock(id);
    const { error, exit } = await cli.json("error", "operation", "resume", id, ...quiet);
    expect({ exit, said: error.message }).toEqual({ exit: 4, said: expect.stringMatching(/^ben@desk, since .*, is at operation .*"rollpin operation unlock /) as string });
    expect((await cli.succeed("status")).stderr).toContain("ben@desk is at it");
    const asked = await cli.runWith({ answers: "y" }, "operation", "unlock", id);
    expect({ exit: asked.exit, said: asked.stderr }).toEqual({ exit: 0, said: expect.stringContaining("is held by ben@desk, who took it 3 min ago\nTake it away?") as string });
    expect((await cli.run("operation", "abort", id, ...quiet)).exit).toBe(0);
  });

  it("that nobody holds needs no unlocking", async () => {
    const id = await leaveBehind();
    expect((await cli.succeed("operation", "unlock", id, "--yes")).stdout).toContain("nobody holds the lock");
  });
});

it.each(["show", "resume", "abort", "unlock"])("an unknown operation is bad usage of %s", async (verb) => {
  const { error, exit } = await cli.json("error", "operation", verb, "s00.9-aaaaaa", ...(verb === "show" ? [] : ["--yes"]));
  expect({ exit, said: error.message }).toEqual({ exit: 2, said: expect.stringContaining("there is no operation") as string });
});
