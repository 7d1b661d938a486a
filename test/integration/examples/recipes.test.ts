/** The scripts of the recipes, run by the exec applier with the settings of their own files, against stand-ins for the tools. */
import { chmod, cp, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Applied, Applier, Change } from "../../../agent/appliers/applier.ts";
import { createExecApplier } from "../../../agent/appliers/exec.ts";
import { loadAgentFile } from "../../../agent/load-file.ts";
import { readVersion } from "../../../agent/observe/read-version.ts";
import { systemClock } from "../../../core/clock.ts";
import { createMemoryStore } from "../../../core/store/memory.ts";
import type { AgentFile } from "../../../core/config/agent-file.ts";
import { startConsul } from "../../support/consul-server.ts";
import { startAgent } from "../../support/rollpin.ts";
import { changeTo, never, noLog } from "../appliers/changes.ts";
import { expectExit, flat, registered } from "../stories/story.ts";

const EXAMPLES = fileURLToPath(new URL("../../../examples/", import.meta.url));
const COMMANDS = fileURLToPath(new URL("../../support/commands/", import.meta.url));
const path = process.env["PATH"];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rp-recipe-"));
  await mkdir(join(folder, "bin"));
  for (const tool of ["kubectl", "nomad", "systemctl"]) {
    await writeFile(join(folder, "bin", tool), `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(join(COMMANDS, `${tool}.js`))} "$@"\n`);
    await chmod(join(folder, "bin", tool), 0o755);
  }
  process.env["PATH"] = `${join(folder, "bin")}${delimiter}${path ?? ""}`;
});
afterEach(async () => {
  process.env["PATH"] = path;
  delete process.env["STAND_IN"];
  await rm(folder, { recursive: true, force: true });
});

interface Recipe {
  readonly file: AgentFile;
  readonly applier: Applier;
  readonly folder: string;
}

/** A copy of the example, with more in its command's environment. */
async function recipe(name: string, environment: Readonly<Record<string, string>>): Promise<Recipe> {
  const copy = join(folder, name);
  await cp(join(EXAMPLES, name), copy, { recursive: true });
  const loaded = await loadAgentFile(join(copy, "rollpin.yaml"));
  if (!loaded.ok) throw new Error(loaded.fault.join("\n"));
  const { file } = loaded.value;
  const [first] = file.appliers;
  if (first === undefined || !("exec" in first)) throw new Error("the recipe's first applier is no exec");
  const settings = { ...first.exec, environment: { ...first.exec.environment, ...environment } };
  return { file, folder: copy, applier: createExecApplier(settings, { folder: copy, clock: systemClock, log: noLog, mayRun: file.actuator === "service" ? async () => true : undefined }) };
}

const run = (generation: number, attempt = 1): Partial<Change> => ({ revision: generation, generation, attempt });
const done: Applied = { ok: true, value: undefined };
const failed = (message: string | RegExp) => ({ ok: false, fault: { kind: "failed", message: expect.stringMatching(message) as string } });

describe("the recipe for Kubernetes", () => {
  const state = (): string => join(folder, "cluster.json");
  const world = async () => JSON.parse(await readFile(state(), "utf8")) as { asked: string[]; deployment: { metadata: { annotations: Record<string, string> }; spec: { template: { spec: { containers: { image: string }[] } } } } };
  const image = async () => (await world()).deployment.spec.template.spec.containers[0]?.image;
  const verbs = async () => (await world()).asked.map((line) => line.split(" ")).map(([verb, more]) => (verb === "rollout" ? `rollout ${more}` : verb));

  const cluster = async (more: object = {}, metadata: object = {}): Promise<Recipe> => {
    const deployment = { metadata: { name: "checkout", resourceVersion: "100", annotations: {}, labels: {}, ...metadata }, spec: { template: { spec: { containers: [{ name: "checkout", image: "registry.example/checkout:1.0.0" }] } } } };
    await writeFile(state(), JSON.stringify({ asked: [], busy: 0, stuck: false, deployment, ...more }));
    process.env["STAND_IN"] = state();
    return recipe("kubernetes", { STAND_IN: state() });
  };

  it("sets the image and waits for the rollout, and once more changes nothing", async () => {
    const { applier, file, folder: copy } = await cluster();
    expect(await applier.apply(changeTo("2.0.0", run(7)), never)).toEqual(done);
    expect(await image()).toBe("registry.example/checkout:2.0.0");
    expect((await world()).asked.slice(1)).toEqual([
      "annotate deployment/checkout rollpin.generation=7 --overwrite --resource-version=100",
      "set image deployment/checkout checkout=registry.example/checkout:2.0.0",
      "rollout status deployment/checkout --timeout=5m",
    ]);
    expect(await applier.apply(changeTo("2.0.0", run(7, 2)), never)).toEqual(done);
    expect(await verbs()).toEqual(["get", "annotate", "set", "rollout status", "get", "set", "rollout status"]);
    if (file.observe === undefined) throw new Error("the recipe observes");
    expect(await readVersion(file.observe.version, { folder: copy, clock: systemClock, signal: never, instance: "checkout-1", catalog: createMemoryStore().catalog })).toEqual({ ok: true, value: "2.0.0" });
  });

  it("refuses what comes after a newer generation, and leaves the image alone", async () => {
    const { applier } = await cluster();
    expect(await applier.apply(changeTo("3.0.0", run(8)), never)).toEqual(done);
    expect(await applier.apply(changeTo("2.0.0", run(7)), never)).toMatchObject(failed("generation 8 was deployed to deployment/checkout already, and this is 7"));
    expect(await image()).toBe("registry.example/checkout:3.0.0");
  });

  it("looks again where the Deployment moved between its look and its write", async () => {
    const { applier } = await cluster({ busy: 2 });
    expect(await applier.apply(changeTo("2.0.0", run(7)), never)).toEqual(done);
    expect(await verbs()).toEqual(["get", "annotate", "get", "annotate", "get", "annotate", "set", "rollout status"]);
  });

  it("restarts when asked to, and says why a rollout doesn't get through", async () => {
    const { applier } = await cluster({ stuck: true });
    expect(await applier.apply(changeTo("1.0.0", { ...run(7), restart: true }), never)).toMatchObject(failed("exceeded its progress deadline"));
    expect(await verbs()).toEqual(["get", "annotate", "set", "rollout restart", "rollout status"]);
  });

  it.each([
    ["Argo CD", { annotations: { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:default/checkout" } }, /belongs to Argo CD \(shop:apps\/Deployment:default\/checkout\), which would put Git's version back/],
    ["Argo CD by its label", { labels: { "argocd.argoproj.io/instance": "shop" } }, /belongs to Argo CD \(shop\)/],
    ["a Flux Kustomization", { labels: { "kustomize.toolkit.fluxcd.io/name": "shop" } }, /belongs to Flux \(Kustomization shop\).*flux suspend kustomization shop/],
    ["a Flux HelmRelease", { labels: { "helm.toolkit.fluxcd.io/name": "shop" } }, /belongs to Flux \(HelmRelease shop\)/],
  ])("refuses a Deployment that %s owns, and touches nothing", async (_, metadata, message) => {
    const { applier } = await cluster({}, metadata);
    expect(await applier.apply(changeTo("2.0.0", run(7)), never)).toMatchObject(failed(message));
    expect(await verbs()).toEqual(["get"]);
  });

  it("is run by a leading agent, and status says whose the Deployment is", async () => {
    await cluster();
    const consul = await startConsul();
    const text = await readFile(join(EXAMPLES, "kubernetes", "rollpin.yaml"), "utf8");
    const yaml = `tries: 1\n${text.replace(/^service: .*$/m, "").replaceAll(/\.\/(deploy|version)\.sh/g, (_, name) => join(EXAMPLES, "kubernetes", `${name}.sh`))}`;
    const environment = { PATH: process.env["PATH"] ?? "", STAND_IN: state() };
    const agent = await startAgent({ consul: consul.address, service: "checkout", releases: { "2.0.0": "good.js", "3.0.0": "good.js" }, yaml, environment });
    try {
      await registered(consul, "checkout", "2.0.0", "3.0.0");
      expect(flat((await expectExit(0, ["pin", "checkout", "2.0.0", "--yes"], { consul: consul.address })).stdout)).toContain("1/1 applied");
      expect(await image()).toBe("registry.example/checkout:2.0.0");
      const before = await world();
      await writeFile(state(), JSON.stringify({ ...before, deployment: { ...before.deployment, metadata: { ...before.deployment.metadata, annotations: { "argocd.argoproj.io/tracking-id": "shop" } } } }));
      const refused = await expectExit(5, ["pin", "checkout", "3.0.0", "--yes"], { consul: consul.address });
      expect(flat(refused.stdout)).toContain("belongs to Argo CD (shop), which would put Git's version back");
      expect(flat((await expectExit(0, ["status", "checkout"], { consul: consul.address })).stdout)).toContain("refused: deployment/checkout belongs to Argo CD");
      expect(await image()).toBe("registry.example/checkout:2.0.0");
    } finally {
      await agent.remove();
      await consul.stop();
    }
  }, 120_000);

  it("goes on where Flux is told to leave it alone, or where a person said that it doesn't matter", async () => {
    const left = await cluster({}, { labels: { "kustomize.toolkit.fluxcd.io/name": "shop" }, annotations: { "kustomize.toolkit.fluxcd.io/reconcile": "disabled" } });
    expect(await left.applier.apply(changeTo("2.0.0", run(7)), never)).toEqual(done);
    await cluster({}, { annotations: { "argocd.argoproj.io/tracking-id": "shop" } });
    const told = await recipe("kubernetes", { STAND_IN: state(), GITOPS: "ignore" });
    expect(await told.applier.apply(changeTo("2.0.0", run(7)), never)).toEqual(done);
  });
});

describe("the recipe for Nomad", () => {
  const state = (): string => join(folder, "nomad.json");
  const world = async () => JSON.parse(await readFile(state(), "utf8")) as { asked: string[]; version: string; index: number };
  const cluster = async (more: object = {}): Promise<Recipe> => {
    await writeFile(state(), JSON.stringify({ asked: [], version: "1.0.0", index: 40, ...more }));
    process.env["STAND_IN"] = state();
    return recipe("nomad", { STAND_IN: state() });
  };

  it("runs the job at the index that the plan saw, and once more changes nothing", async () => {
    const { applier, file, folder: copy } = await cluster();
    expect(await applier.apply(changeTo("2.0.0", run(7)), never)).toEqual(done);
    expect(await world()).toMatchObject({ version: "2.0.0", index: 45, asked: ["job plan -var version=2.0.0 ./checkout.nomad.hcl", "job run -check-index 40 -var version=2.0.0 ./checkout.nomad.hcl"] });
    expect(await applier.apply(changeTo("2.0.0", run(7, 2)), never)).toEqual(done);
    expect(await world()).toMatchObject({ version: "2.0.0", index: 45 });
    if (file.observe === undefined) throw new Error("the recipe observes");
    expect(await readVersion(file.observe.version, { folder: copy, clock: systemClock, signal: never, instance: "checkout-1", catalog: createMemoryStore().catalog })).toEqual({ ok: true, value: "2.0.0" });
    expect(await applier.apply(changeTo("2.0.0", { ...run(8), restart: true }), never)).toEqual(done);
    expect((await world()).asked.at(-1)).toBe("job restart -yes -on-error=fail checkout");
  });

  it.each([
    ["a job that somebody else submitted meanwhile", { rival: true }, /Job not updated/],
    ["no room", { full: true }, /exit code 2[\s\S]*Resources exhausted/],
    ["a Nomad that is away", { down: true }, /nomad job plan ended with 255/],
  ])("fails for %s, and leaves the version alone", async (_, more, message) => {
    const { applier } = await cluster(more);
    expect(await applier.apply(changeTo("2.0.0", run(7)), never)).toMatchObject(failed(message));
    expect((await world()).version).toBe("1.0.0");
  });
});

describe("the recipe for systemd", () => {
  const root = (): string => join(folder, "opt");
  const running = async () => await readFile(join(root(), "running"), "utf8");
  const asked = async () => (await readFile(join(root(), "asked"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
  const host = async (): Promise<Recipe> => {
    for (const version of ["1.0.0", "2.0.0", "3.0.0-broken"]) await mkdir(join(root(), "releases", version), { recursive: true });
    for (const version of ["1.0.0", "2.0.0"]) await writeFile(join(root(), "releases", version, "server"), "");
    return recipe("systemd", { ROOT: root() });
  };

  it("points the link at the version and restarts the unit, and once more changes nothing", async () => {
    const { applier } = await host();
    for (const version of ["1.0.0", "2.0.0", "2.0.0"]) expect(await applier.apply(changeTo(version), never)).toEqual(done);
    expect([await readlink(join(root(), "current")), await running()]).toEqual(["releases/2.0.0", "releases/2.0.0"]);
    expect((await asked()).filter((line) => line.startsWith("restart"))).toEqual(["restart checkout.service", "restart checkout.service"]);
    expect(await applier.apply(changeTo("2.0.0", { restart: true }), never)).toEqual(done);
    expect((await asked()).filter((line) => line.startsWith("restart"))).toHaveLength(3);
  });

  it("goes back by itself when the new version doesn't come up", async () => {
    const { applier } = await host();
    expect(await applier.apply(changeTo("1.0.0", { from: undefined }), never)).toEqual(done);
    expect(await applier.apply(changeTo("3.0.0-broken"), never)).toMatchObject(failed("Job for checkout.service failed"));
    expect([await readlink(join(root(), "current")), await running()]).toEqual(["releases/1.0.0", "releases/1.0.0"]);
  });

  it("touches nothing for a version that isn't there, nor where nothing is pinned", async () => {
    const { applier } = await host();
    expect(await applier.apply(changeTo("1.0.0", { from: undefined }), never)).toEqual(done);
    const before = await asked();
    expect(await applier.apply(changeTo("9.0.0", { from: undefined }), never)).toMatchObject(failed("releases/9.0.0 is not there"));
    expect(await applier.apply(changeTo("", { from: undefined }), never)).toEqual(done);
    expect(await asked()).toEqual(before);
    expect(await running()).toBe("releases/1.0.0");
  });
});
