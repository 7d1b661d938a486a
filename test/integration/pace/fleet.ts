import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConsulServer } from "../../support/consul-server.ts";
import { type TestAgent, startAgent } from "../../support/rollpin.ts";

/** What a process of the service wrote of itself: when it began to start, and when it listened. */
export interface Start {
  readonly what: "begins" | "listens";
  readonly version: string;
  readonly instance: string;
  readonly at: number;
}

/** Agents of one service whose processes write down what they do, so that a roll can be seen without asking rollpin. */
export interface Fleet {
  readonly agents: readonly TestAgent[];
  starts(version: string): Promise<readonly Start[]>;
  /** Versions that wait for it listen from now on: those of one instance, or of all. */
  open(instance?: string): Promise<void>;
  remove(): Promise<void>;
}

/** `takes`: milliseconds from a version's start until it listens; `gated`: until the test opens; `fails`: it exits. */
export type Release = { readonly takes: number } | "gated" | "fails";

export async function startFleet(consul: ConsulServer, service: string, size: number, releases: Readonly<Record<string, Release>>, place: "beside" | "in-place" = "beside"): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), "rp-fleet-"));
  const log = join(folder, "starts.log");
  await writeFile(log, "");
  const programs = Object.fromEntries(Object.entries(releases).map(([version, release]) => [version, programOf(release, folder)]));
  const agents = await Promise.all(Array.from({ length: size }, (_, at) => startAgent({ consul: consul.address, service, instance: `${service}-${at + 1}`, releases: programs, yaml: yamlFor(place) })));
  return {
    agents,
    async starts(version) {
      const lines = (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
      return lines.map((line) => JSON.parse(line) as Start).filter((start) => start.version === version);
    },
    open: async (instance = "all") => appendFile(join(folder, `open-${instance}`), ""),
    async remove() {
      await Promise.all(agents.map((agent) => agent.remove()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Without a port of its own a new process can't stand beside the old one. */
function yamlFor(place: "beside" | "in-place"): string {
  const command = `[node, "./releases/{{version}}/server.js"${place === "beside" ? ', "{{port}}"' : ""}]`;
  return `tries: 1\nsessionTtl: 10s\nappliers:\n  - process:\n      command: ${command}\n      readyTimeout: 5m\n      stopGrace: 2s\n${place === "beside" ? "      drain: 50ms\n" : "      ready: { command: ['true'] }\n"}`;
}

function programOf(release: Release, folder: string): string {
  return `
import { appendFileSync, existsSync } from "node:fs";
import { createServer } from "node:http";
const { ROLLPIN_INSTANCE: instance, ROLLPIN_VERSION: version, PORT } = process.env;
const folder = ${JSON.stringify(folder)};
const note = (what) => appendFileSync(folder + "/starts.log", JSON.stringify({ what, version, instance, at: Date.now() }) + "\\n");
note("begins");
${startOf(release)}
const server = createServer((_, response) => response.end(version + "\\n"));
server.listen(Number(PORT ?? 0), "127.0.0.1", () => note("listens"));
process.on("SIGTERM", () => process.exit(0));
`;
}

function startOf(release: Release): string {
  if (release === "fails") return 'console.error("fatal: no luck"); process.exit(3);';
  if (release === "gated") return 'process.on("SIGTERM", () => process.exit(0));\nwhile (!["all", instance].some((name) => existsSync(folder + "/open-" + name))) await new Promise((resolve) => setTimeout(resolve, 50));';
  return `await new Promise((resolve) => setTimeout(resolve, ${release.takes}));`;
}

/** The most that were between their start and their end at one moment. */
export function mostAtOnce(starts: readonly Start[]): number {
  let [now, most] = [0, 0];
  for (const { what } of [...starts].sort((a, b) => a.at - b.at || (a.what === "listens" ? -1 : 1))) {
    now += what === "begins" ? 1 : -1;
    most = Math.max(most, now);
  }
  return most;
}
