import { beforeEach, describe, expect, it } from "vitest";
import type { StoreFault } from "../../../../core/model/fault.ts";
import { type MemoryStore, createMemoryStore } from "../../../../core/store/memory.ts";
import { createOperator, must } from "../../operations/operator.ts";
import { type CommandLine, commandLine } from "../command-line.ts";

const NO_PATH: StoreFault = { kind: "unreachable", operation: "get", cause: "HTTP 500: No path to datacenter" };
const both = ["--dc", "east,west"] as const;
const quiet = ["--yes", "--no-wait"] as const;
const pin2 = ["pin", "checkout", "2", ...both, ...quiet] as const;
let east: MemoryStore;
let west: MemoryStore;
let cli: CommandLine;

beforeEach(async () => {
  [east, west] = [createMemoryStore(), createMemoryStore()];
  for (const store of [east, west]) {
    const alice = createOperator(store, "alice");
    await alice.register("checkout", "1", "2");
    await alice.pin("checkout", "1");
  }
  cli = commandLine({ datacentres: { east, west }, env: { NO_COLOR: "1" } });
});

async function textAt(store: MemoryStore, key: string): Promise<string | undefined> {
  const read = await store.get(key);
  return read.ok && read.value !== undefined ? Buffer.from(read.value.value).toString() : undefined;
}
const pins = async (): Promise<string> => `${await textAt(east, "desired/checkout/pin")} ${await textAt(west, "desired/checkout/pin")}`;
const revisions = async (dc: string): Promise<readonly { readonly kind: string; readonly plan: string; readonly undoes?: string | undefined }[]> => (await cli.json("history", "history", "checkout", "--dc", dc)).revisions;

class Death extends Error {}

/** Its transaction in west is its last: before it is sent, or after it was done. */
function dyingCli(when: "before" | "after"): CommandLine {
  const transact: MemoryStore["transact"] = async (operations, options) => {
    if (when === "after") await west.transact(operations, options);
    throw new Death("dead");
  };
  return commandLine({ datacentres: { east, west: { ...west, transact } } });
}

/** The operation that was left behind. */
async function unlocked(): Promise<string> {
  const id = (await cli.json("operations", "operation", "list")).operations[0]?.id ?? "";
  await cli.run("operation", "unlock", id, "--yes");
  return id;
}

describe("a change in two datacentres", () => {
  it("is one plan, done in each, and journaled in the first", async () => {
    const { changed, datacentres, exit, operation } = await cli.json("changes", ...pin2);
    expect({ changed, exit, pins: await pins() }).toEqual({ changed: true, exit: 0, pins: "2 2" });
    expect(datacentres).toMatchObject([{ dc: "east", outcome: "applied", services: [{ service: "checkout", revision: 2 }] }, { dc: "west", outcome: "applied" }]);
    expect((await revisions("west")).map(({ kind, plan }) => [kind, plan])[0]).toEqual(["pin", datacentres[1]?.id]);
    expect((await cli.json("operations", "operation", "list")).operations).toMatchObject([{ id: operation, state: "done", record: { datacentre: "east", steps: [{ about: "checkout in east" }, { about: "checkout in west" }] } }]);
    expect((await cli.json("operations", "operation", "list", "--dc", "west")).operations).toEqual([]);
  });

  it("is asked about once, with the plan of each", async () => {
    const ran = await cli.runWith({ answers: "y" }, "pin", "checkout", "2", ...both, "--no-wait");
    expect({ exit: ran.exit, said: ran.stderr }).toEqual({ exit: 0, said: expect.stringMatching(/2 datacentres, in this order: east, west.*== east\nPlan: pin.*== west\nPlan: pin.*Do this, in this order\?/s) as string });
    expect(ran.stdout).toMatch(/== east\npin checkout\.2-\w+: checkout revision 2.*== west\npin checkout\.2/s);
    expect((await cli.runWith({ answers: "n" }, "pin", "checkout", "1", ...both)).exit).toBe(3);
  });

  it("is only printed by a dry run, under one fingerprint", async () => {
    const { datacentres, exit, fingerprint } = await cli.json("plans", "pin", "checkout", "2", ...both, "--dry-run");
    expect({ exit, pins: await pins() }).toEqual({ exit: 0, pins: "1 1" });
    expect(datacentres).toMatchObject([{ dc: "east", outcome: "planned", plan: { request: { verb: "pin" } } }, { dc: "west", outcome: "planned" }]);
    expect((await cli.json("changes", ...pin2)).fingerprint).toBe(fingerprint);
  });

  it("leaves out where it is so already, and is nothing where it is so everywhere", async () => {
    await cli.succeed("pin", "checkout", "2", "--dc", "west", ...quiet);
    const { datacentres, exit } = await cli.json("changes", ...pin2);
    expect({ exit, outcomes: datacentres.map(({ outcome }) => outcome) }).toEqual({ exit: 0, outcomes: ["applied", "unchanged"] });
    const again = await cli.json("changes", ...pin2);
    expect({ exit: again.exit, changed: again.changed, operation: again.operation }).toEqual({ exit: 0, changed: false, operation: undefined });
  });

  it("goes by Consul's order with --all-dcs", async () => {
    expect((await cli.json("changes", "pin", "checkout", "2", "--all-dcs", ...quiet)).datacentres.map(({ dc }) => dc)).toEqual(["east", "west"]);
  });

  it("is begun nowhere where one of them refuses, which is named", async () => {
    await createOperator(east, "alice").register("checkout", "3");
    const { error, exit } = await cli.json("error", "pin", "checkout", "3", ...both, ...quiet);
    expect({ exit, said: error.message, pins: await pins() }).toEqual({ exit: 3, said: expect.stringMatching(/^in west: .*Nothing was begun in any datacentre$/) as string, pins: "1 1" });
    expect((await cli.json("operations", "operation", "list")).operations).toEqual([]);
  });
});

describe("a datacentre that can't be reached", () => {
  it("is named, holds up no other, and is resumed", async () => {
    west.setOutage(NO_PATH);
    const { datacentres, exit, message, operation = "" } = await cli.json("changes", ...pin2);
    expect({ exit, datacentres }).toMatchObject({ exit: 5, datacentres: [{ dc: "east", outcome: "applied" }, { dc: "west", outcome: "unreachable", message: expect.stringContaining("No path to datacenter") as string }] });
    expect(message).toMatch(new RegExp(`west can't be reached.*"rollpin operation resume ${operation} --dc east" goes on with it`));
    const again = await cli.json("error", "operation", "resume", operation, ...quiet);
    expect({ exit: again.exit, said: again.error.message }).toEqual({ exit: 5, said: expect.stringContaining("west can't be reached") as string });
    expect((await cli.succeed("operation", "show", operation)).stdout).toMatch(/done {2}1\. datacentre: checkout in east\n {8}2\. datacentre: checkout in west \(can't be reached\)/);
    west.setOutage(undefined);
    expect((await cli.succeed("history", "checkout")).stderr).toContain(`note: operation ${operation} (pin of checkout in east, checkout in west by jo@shop, just now): 1 of 2 steps are done, checkout in west waits until it can be reached; nobody is at it; "rollpin operation resume ${operation} --dc east" finishes it`);
    const resumed = await cli.json("operation", "operation", "resume", operation, ...quiet);
    expect({ exit: resumed.exit, state: resumed.operation.state, datacentres: resumed.datacentres }).toMatchObject({ exit: 0, state: "done", datacentres: [{ dc: "west", services: [{ service: "checkout", revision: 2 }] }] });
    expect(await pins()).toBe("2 2");
    expect([(await revisions("east")).length, (await revisions("west")).length]).toEqual([2, 2]);
  });

  it("is not changed over what somebody did there meanwhile, but with --override", async () => {
    west.setOutage(NO_PATH);
    const { operation = "" } = await cli.json("changes", ...pin2);
    west.setOutage(undefined);
    await cli.succeed("config", "set", "checkout", "--text", "a: 1", "--dc", "west", ...quiet);
    const { error, exit } = await cli.json("error", "operation", "resume", operation, ...quiet);
    expect({ exit, said: error.message }).toEqual({ exit: 4, said: expect.stringMatching(/^in west: jo@shop changed checkout at .* \(revision 2\), after this was asked for.*--override/) as string });
    expect((await cli.run("operation", "resume", operation, "--override", ...quiet)).exit).toBe(0);
    expect(await pins()).toBe("2 2");
  });

  it("needs no look where all is taken back", async () => {
    west.setOutage(NO_PATH);
    const { operation = "" } = await cli.json("changes", ...pin2);
    expect((await cli.json("operation", "operation", "abort", operation, ...quiet)).operation.state).toBe("aborted");
    west.setOutage(undefined);
    expect(await pins()).toBe("1 1");
    expect((await revisions("east"))[0]).toMatchObject({ kind: "undo" });
  });

  it("is shown what resuming would do there, which nobody could be shown before", async () => {
    west.setOutage(NO_PATH);
    const { operation = "" } = await cli.json("changes", ...pin2);
    west.setOutage(undefined);
    const declined = await cli.runWith({ answers: "n" }, "operation", "resume", operation);
    expect({ exit: declined.exit, said: declined.stderr }).toEqual({ exit: 3, said: expect.stringMatching(/== west, now\nPlan: pin.*pin 1 -> 2.*Finish it\?/s) as string });
    expect(await pins()).toBe("2 1");
  });

  it("is waited for where something was done there that is to be taken back", async () => {
    await expect(dyingCli("after").run(...pin2)).rejects.toThrow(Death);
    const id = await unlocked();
    west.setOutage(NO_PATH);
    const { error, exit } = await cli.json("error", "operation", "abort", id, ...quiet);
    expect({ exit, said: error.message }).toEqual({ exit: 5, said: expect.stringMatching(/west can't be reached.*"rollpin operation abort \S+ --dc east" goes on taking it back/) as string });
    west.setOutage(undefined);
    expect((await cli.run("operation", "abort", id, ...quiet)).exit).toBe(0);
    expect(await pins()).toBe("1 1");
  });

  it("can't be the first, which keeps the journal", async () => {
    east.setOutage(NO_PATH);
    const { error, exit } = await cli.json("error", ...pin2);
    expect({ exit, said: error.message }).toEqual({ exit: 6, said: expect.stringMatching(/^east can't be reached.*put another first, such as --dc west,east/) as string });
  });
});

describe("a conflict in one", () => {
  /** Somebody is faster in west while the question stands. */
  const lose = () => cli.runWith({ answers: "y", beforeAnswer: () => createOperator(west, "ben").config("checkout", "a: 1") }, "pin", "checkout", "2", ...both, "--no-wait");

  it("is told with its name and stops there; abort takes back what was done before", async () => {
    const ran = await lose();
    expect({ exit: ran.exit, said: ran.stderr }).toEqual({ exit: 4, said: expect.stringMatching(/conflict: in west: ben changed checkout at .*"rollpin operation resume (checkout\.2-\w+) --dc east" goes on with it.*It is done in east/s) as string });
    expect(await pins()).toBe("2 1");
    const id = /operation resume (\S+) --dc/.exec(ran.stderr)?.[1] ?? "";
    await cli.succeed("operation", "abort", id, ...quiet);
    expect(await pins()).toBe("1 1");
    expect((await revisions("west")).map(({ kind }) => kind)).toEqual(["config", "pin"]);
  });
});

describe("what was taken over by somebody else", () => {
  it("stops an abort, which leaves it as it stands with --override", async () => {
    await expect(dyingCli("after").run(...pin2)).rejects.toThrow(Death);
    const id = await unlocked();
    must(await createOperator(east, "ben").config("checkout", "a: 1"));
    const { error, exit } = await cli.json("error", "operation", "abort", id, ...quiet);
    expect({ exit, said: error.message }).toEqual({ exit: 4, said: expect.stringMatching(/^in east: checkout was changed after plan .*--override leaves there what stands there now/) as string });
    expect((await cli.run("operation", "abort", id, "--override", ...quiet)).exit).toBe(0);
    expect(await pins()).toBe("2 1");
  });
});

describe("a program that dies in the middle", () => {
  it.each([["before", "resume", "2 2"], ["after", "resume", "2 2"], ["before", "abort", "1 1"], ["after", "abort", "1 1"]] as const)("%s west was changed: %s makes it %s, once", async (when, verb, wanted) => {
    await expect(dyingCli(when).run(...pin2)).rejects.toThrow(Death);
    const id = await unlocked();
    expect((await cli.json("operation", "operation", verb, id, ...quiet)).exit).toBe(0);
    expect(await pins()).toBe(wanted);
    for (const dc of ["east", "west"]) {
      const kinds = (await revisions(dc)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === "pin").length + kinds.filter((kind) => kind === "undo").length).toBe(verb === "resume" ? 2 : when === "before" && dc === "west" ? 1 : 3);
    }
    expect((await cli.succeed("status")).stderr).toBe("");
  });
});

describe("bad usage", () => {
  it.each([
    [["pin", "checkout", "2", "--dc", "east,wst"], /datacentre 2 of east,wst, "wst", is none that Consul here is joined with\. Did you mean "west".*It knows east, west$/],
    [["pin", "checkout", "2", "--dc", "east,"], /--dc: datacentre 2 of "east," is empty/],
    [["pin", "checkout", "2", "--dc", "east,east"], /"east", is named twice/],
    [["pin", "checkout", "2", "--dc", "east", "--all-dcs"], /--all-dcs/],
    [["--dc", "east", "pin", "checkout", "2", "--all-dcs"], /--all-dcs is every datacentre: leave out --dc/],
    [["pin", "checkout", "2", "--with-schema", ...both], /--with-schema goes with one datacentre/],
    [["rollback", "--all", "--at", "1m", ...both], /--all goes with one datacentre/],
    [["undo", "checkout", ...both], /this is about one datacentre/],
    [["freeze", "checkout", ...both], /this is about one datacentre/],
    [["pace", "checkout", ...both], /this is about one datacentre/],
    [["status", ...both], /this is about one datacentre/],
  ])("%j", async (words, said) => {
    const { error, exit } = await cli.json("error", ...words, ...(["status", "pace"].includes(words[0] ?? "") ? [] : ["--yes"]));
    expect({ exit, said: error.message }).toEqual({ exit: 2, said: expect.stringMatching(said) as string });
  });

  it("is a file with plans of several, for apply", async () => {
    const printed = (await cli.succeed("pin", "checkout", "2", ...both, "--dry-run", "-o", "json")).stdout;
    const { exit, stderr } = await cli.runWith({ stdin: printed }, "apply", "-", "--yes");
    expect({ exit, stderr }).toEqual({ exit: 2, stderr: expect.stringContaining("holds plans of several datacentres") as string });
  });
});
