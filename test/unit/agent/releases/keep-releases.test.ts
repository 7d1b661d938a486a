import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createLogger } from "../../../../agent/log.ts";
import { type ReleaseKeeper, keepReleases } from "../../../../agent/releases/keep-releases.ts";
import { systemClock } from "../../../../core/clock.ts";
import { parseAgentFile } from "../../../../core/config/parse-agent-file.ts";
import { releaseKey, releasesFolder } from "../../../../core/store/keys.ts";
import { type MemoryStore, createMemoryStore } from "../../../../core/store/memory.ts";
import { until } from "../../../support/until.ts";

let folder: string;
let store: MemoryStore;
let stop: AbortController;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-keep-"));
  store = createMemoryStore();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await rm(folder, { recursive: true, force: true });
});

async function keeping(): Promise<ReleaseKeeper> {
  for (const version of ["1.0.0", "2.0.0"]) {
    await mkdir(join(folder, "releases", version), { recursive: true });
    await writeFile(join(folder, "releases", version, "release.yaml"), `version: '${version}'\ncommit: abc\n`);
  }
  const file = parseAgentFile('service: web\nreleases: {artifacts: "./releases/{{version}}"}\n', "rollpin.yaml");
  if (!file.ok) throw new Error(file.fault.map(({ message }) => message).join());
  const log = createLogger({ level: "error", base: {}, destination: { write: () => undefined } });
  const keeper = keepReleases({ file: file.value, folder, instance: "web-1", store, clock: systemClock, log, onArtifacts: () => undefined, onRegistered: () => undefined, onFault: () => undefined });
  void keeper.run(stop.signal);
  await until("both are registered", async () => (await registered()).length === 2, { everyMs: 5 });
  return keeper;
}

async function registered(): Promise<readonly string[]> {
  const listed = await store.keys(releasesFolder("web"));
  return listed.ok ? listed.value.map((key) => key.split("/").at(-1) ?? "") : [];
}

const remove = (version: string) => store.transact([{ kind: "delete", key: releaseKey("web", version) }]);

it("registers a deleted release as it was once a pin names it, and no other", async () => {
  const keeper = await keeping();
  const before = await store.get(releaseKey("web", "1.0.0"));
  await remove("1.0.0");
  await remove("2.0.0");
  keeper.offer(["7.0.0"]);
  keeper.offer(["1.0.0", "7.0.0"]);
  keeper.offer(["1.0.0"]);
  await until("it is back", async () => (await registered()).length > 0, { everyMs: 5 });
  expect(await registered()).toEqual(["1.0.0"]);
  const after = await store.get(releaseKey("web", "1.0.0"));
  expect(after.ok && after.value?.value).toEqual(before.ok && before.value?.value);
});

it("leaves away what was taken from the disk too", async () => {
  const keeper = await keeping();
  await rm(join(folder, "releases", "1.0.0"), { recursive: true });
  await until("it is gone here", () => keeper.artifacts()?.join() === "2.0.0", { everyMs: 5 });
  await remove("1.0.0");
  await remove("2.0.0");
  keeper.offer(["1.0.0"]);
  keeper.offer(["2.0.0"]);
  await until("the other is back", async () => (await registered()).length > 0, { everyMs: 5 });
  expect(await registered()).toEqual(["2.0.0"]);
});
