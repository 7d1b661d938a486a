/** History to Git and back, on a real Consul with the real git: what was lost is what comes back. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ServiceFacts } from "../../../core/model/facts.ts";
import { gatherFacts } from "../../../core/operations/gather.ts";
import type { Store } from "../../../core/store/port.ts";
import { storeAt } from "../../contract/world.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { commitsOf, git, treeOf } from "../../support/git.ts";
import { seededRandom } from "../../support/random.ts";
import { rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { createOperator, must } from "../../unit/operations/operator.ts";
import { registered } from "../stories/story.ts";
import { SERVICES, makeHistory, personAt, registerAll } from "./random-history.ts";

let consul: ConsulServer;
let store: Store;
let folder = "";
let prefixes = 0;

beforeAll(async () => {
  consul = await startConsul();
});
afterAll(() => consul.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollpin-round-trip-"));
  prefixes += 1;
  store = await storeAt({ address: consul.address }, { prefix: `trip-${prefixes}` });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const wipe = (): Promise<void> => consul.kv.deleteBelow(`trip-${prefixes}/`);

/** All of a service that a rebuild has to bring back. */
async function essenceOf(service: string): Promise<unknown> {
  const gathered = await gatherFacts(store, service);
  if (!gathered.ok) throw new Error(JSON.stringify(gathered.fault));
  const { accepted, head, releases, unreadable, verdicts }: ServiceFacts = gathered.value;
  expect(unreadable).toEqual([]);
  const byName = (map: ReadonlyMap<string, { readonly value: unknown }>): unknown => Object.fromEntries([...map].map(([name, { value }]) => [name, value]));
  return { accepted, digest: head?.value.digest, mode: head?.value.mode, left: head?.value.left, schema: head?.value.schema, releases: byName(releases), verdicts: byName(verdicts) };
}

const essence = async (services: readonly string[] = SERVICES): Promise<unknown> => Object.fromEntries(await Promise.all(services.map(async (service) => [service, await essenceOf(service)])));

/** What stands there but for which revision it is of. */
const statesIn = (repository: string): unknown => Object.fromEntries(Object.entries(treeOf(repository)).filter(([path]) => !path.endsWith("/head.json")));

const SEED = Number(process.env["ROLLPIN_SEED"] ?? "1");
const SEEDS = Array.from({ length: Number(process.env["ROLLPIN_TRIPS"] ?? "1") }, (_, trip) => SEED + trip);
/** A command a step, on machines that do other things besides. */
const PATIENCE_MS = 600_000;
const STEPS = Number(process.env["ROLLPIN_STEPS"] ?? "12");

describe("round trip", () => {
  it.each(SEEDS)("of random histories, seed %i: exported on the way and at once, wiped, imported: the same state, and exported again the same tree", async (seed) => {
    const random = seededRandom(seed);
    const cli = personAt(store, "ana@laptop");
    const [live, once, again] = [join(folder, "live"), join(folder, "once"), join(folder, "again")];
    await registerAll(store);
    for (let part = 0; part < 4; part += 1) {
      await makeHistory(store, random, STEPS / 4);
      await cli.succeed("export", "--git", live);
    }
    // What hands did last is taken into history by any verb.
    for (const service of SERVICES) await cli.run("restart", service, "--yes", "--no-wait");
    await cli.succeed("export", "--git", live);
    await cli.succeed("export", "--git", once);
    expect(treeOf(live)).toEqual(treeOf(once));
    git(live, "fsck", "--strict");
    const revisions = await Promise.all(SERVICES.map(async (service) => (await store.keys(`history/${service}/`)) as { readonly value: readonly string[] }));
    const trailers = commitsOf(live).flatMap((commit) => commit.trailers.filter((line) => line.startsWith("Rollpin-Revision: ")));
    expect(trailers.length).toBe(revisions.reduce((sum, { value }) => sum + value.length, 0));
    expect(new Set(trailers).size).toBe(trailers.length);
    const before = await essence();
    await wipe();
    expect(await cli.json("change", "import", live, "--yes", "--no-wait", "--reason", "Consul was lost")).toMatchObject({ exit: 0, changed: true, plan: { kind: "import" } });
    expect(await essence()).toEqual(before);
    expect(await cli.json("change", "import", live, "--yes", "--no-wait")).toMatchObject({ exit: 0, changed: false });
    await cli.succeed("export", "--git", again);
    expect(statesIn(again)).toEqual(statesIn(live));
    // Its history goes on in the repository that it came from.
    expect(await cli.json("export", "export", "--git", live)).toMatchObject({ exit: 0, gaps: [] });
    expect(treeOf(live)).toEqual(treeOf(again));
  }, PATIENCE_MS);

  it("puts a real agent, which knows revisions that were lost, back to work on what the tree says", async () => {
    const options = { consul: consul.address };
    const tree = join(folder, "tree");
    const agent = await startAgent({ ...options, service: "lost", releases: { "1.0.0": "good.js", "2.0.0": "good.js" } });
    try {
      await registered(consul, "lost", "1.0.0", "2.0.0");
      for (const words of [["pin", "lost", "1.0.0"], ["pin", "lost", "2.0.0"], ["release", "condemn", "lost", "2.0.0"], ["pin", "lost", "1.0.0"]]) expect(await rollpin([...words, "--yes"], options)).toMatchObject({ code: 0 });
      expect(await rollpin(["export", "--git", tree], options)).toMatchObject({ code: 0 });
      expect(await rollpin(["config", "set", "lost", "--text", "after the export", "--yes"], options)).toMatchObject({ code: 0 });
      await consul.kv.deleteBelow("rollpin/");
      await until("the agent says that Consul is behind", async () => (JSON.parse((await consul.kv.get("rollpin/instances/lost/lost-1")) ?? "{}") as { readonly restored?: boolean }).restored === true);
      const imported = await rollpin(["import", tree, "--yes", "-o", "json"], options);
      expect({ code: imported.code, stderr: imported.stderr }).toEqual({ code: 0, stderr: "" });
      expect(JSON.parse(imported.stdout)).toMatchObject({ services: [{ service: "lost", revision: 5 }], receipt: { state: "complete", services: [{ applied: 1 }] } });
      expect(JSON.parse((await consul.kv.get("rollpin/verdicts/lost/2.0.0")) ?? "{}")).toMatchObject({ verdict: "condemned" });
      expect(await consul.kv.list("rollpin/remembered/")).toEqual([]);
    } finally {
      await agent.remove();
    }
  });
});

describe("a rebuild", () => {
  it("of more services than fit one transaction", async () => {
    const services = Array.from({ length: 40 }, (_, at) => `service-${at}`);
    const [cli, operator] = [personAt(store, "ana@laptop"), createOperator(store)];
    for (const service of services) {
      await operator.register(service, "1.0.0");
      must(await operator.pin(service, "1.0.0"));
      must(await operator.config(service, `name: ${service}\n`));
    }
    const tree = join(folder, "tree");
    await cli.succeed("export", "--git", tree);
    const before = await essence(services);
    await wipe();
    expect(await cli.json("change", "import", tree, "--yes", "--no-wait")).toMatchObject({ exit: 0, changed: true });
    expect(await essence(services)).toEqual(before);
    expect(await cli.json("export", "export", "--git", tree)).toMatchObject({ exit: 0, revisions: 40, gaps: [] });
  });

  it("of a service with more verdicts than fit beside its state", async () => {
    const cli = personAt(store, "ana@laptop");
    const versions = Array.from({ length: 100 }, (_, at) => `1.0.${at}`);
    const operator = createOperator(store);
    await operator.register("checkout", ...versions);
    must(await operator.pin("checkout", "1.0.7"));
    for (const version of versions) must(await operator.judge("checkout", version, version.endsWith("7") ? "good" : "condemned"));
    const tree = join(folder, "tree");
    await cli.succeed("export", "--git", tree);
    const before = await essence(["checkout"]);
    await wipe();
    await cli.succeed("import", tree, "--yes", "--no-wait");
    expect(await essence(["checkout"])).toEqual(before);
  });
});

describe("a change in the files", () => {
  it("is planned, shown and applied as any other, and what Consul did meanwhile is not taken back unseen", async () => {
    const cli = personAt(store, "ana@laptop");
    const tree = join(folder, "tree");
    for (const version of ["1.0.0", "2.0.0"]) await cli.succeed("release", "register", "checkout", version);
    await cli.succeed("pin", "checkout", "1.0.0", "--yes", "--no-wait");
    await cli.succeed("config", "set", "checkout", "--text", "a", "--yes", "--no-wait");
    await cli.succeed("export", "--git", tree);
    writeFileSync(join(tree, "services/checkout/pin"), "2.0.0\n");
    const planned = await cli.json("plan", "import", tree, "--dry-run");
    expect(planned.plan.services).toMatchObject([{ service: "checkout", changes: [{ part: "pin", before: "1.0.0", after: "2.0.0" }] }]);
    git(tree, "commit", "-q", "-a", "-m", "to 2.0.0");
    await cli.succeed("config", "set", "checkout", "--text", "b", "--yes", "--no-wait");
    expect(await cli.json("error", "import", tree, "--yes")).toMatchObject({ error: { exit: 3, check: "tree" } });
    await cli.succeed("export", "--git", tree);
    expect(treeOf(tree)).toMatchObject({ "services/checkout/pin": "2.0.0\n", "services/checkout/config": "b" });
    await cli.succeed("import", tree, "--yes", "--no-wait");
    const { revisions: [newest] } = await cli.json("history", "history", "checkout");
    expect(newest).toMatchObject({ kind: "import", changes: [{ part: "pin" }] });
    await cli.succeed("export", "--git", tree);
    await cli.succeed("undo", "checkout", "--yes", "--no-wait");
    const [second] = git(tree, "log", "--format=%H", "--grep", "Rollpin-Revision: checkout 2$").split("\n");
    expect(await cli.json("change", "import", tree, "--commit", second ?? "", "--yes", "--no-wait")).toMatchObject({ plan: { services: [{ changes: [{ part: "config", before: "b", after: "a" }] }] } });
    expect((await cli.json("history", "history", "checkout")).revisions[0]).toMatchObject({ reason: `commit ${second?.slice(0, 12)}` });
  });
});
