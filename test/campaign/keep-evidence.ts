import { cp, lstat, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Evidence } from "./evidence.ts";
import type { World } from "./world.ts";

/** Copies what a violation is understood by into one folder, whose path it answers: the world is about to be removed. */
export async function keepEvidence({ agents, consul, diary }: World, found: { readonly evidence?: Evidence | undefined; readonly why: readonly string[] }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rollpin-violation-"));
  const { requests = [], ...rest } = found.evidence ?? {};
  await writeFile(join(folder, "why.txt"), `${found.why.join("\n")}\n`);
  await writeFile(join(folder, "diary.jsonl"), diary.text());
  await writeFile(join(folder, "requests.jsonl"), requests.map((request) => JSON.stringify(request)).join("\n"));
  await writeFile(join(folder, "evidence.json"), JSON.stringify(rest, null, 2));
  await writeFile(join(folder, "kv.json"), await orWhy(async () => JSON.stringify((await consul.kv.list("rollpin/")).map(({ value, ...entry }) => ({ ...entry, value: value.toString() })), null, 2)));
  await writeFile(join(folder, "catalog.json"), await orWhy(async () => (await consul.http.ask("/v1/agent/services")).body.toString()));
  const places = [...agents.map((agent) => [agent.instance, agent.folder] as const), ...consul.folders.map((place, at) => [`consul-${at + 1}`, place] as const)];
  await mkdir(join(folder, "places"));
  // Sockets can't be copied, and Consul's data are in the KV's dump.
  const isWorthIt = async (path: string): Promise<boolean> => !/\/data(\/|$)/.test(path) && ((kind) => kind.isFile() || kind.isDirectory())(await lstat(path));
  for (const [name, place] of places) await cp(place, join(folder, "places", name), { recursive: true, filter: isWorthIt }).catch((error: unknown) => writeFile(join(folder, `${name}.txt`), String(error)));
  return folder;
}

async function orWhy(read: () => Promise<string>): Promise<string> {
  return read().catch((error: unknown) => `not to be had: ${String(error)}\n`);
}
