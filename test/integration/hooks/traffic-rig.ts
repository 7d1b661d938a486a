/** A service of two releases that read no schema in common, two doors to it, and an agent that may migrate its data. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../../core/clock.ts";
import type { InstanceRecord } from "../../../core/model/records.ts";
import type { ConsulServer } from "../../support/consul-server.ts";
import { type TestAgent, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { ask } from "../routers/cut-over.ts";
import { registered } from "../stories/story.ts";
import { NEW, OLD } from "./shop-rig.ts";

/** Says which version answers, and when it does. */
const SERVICE = `import { createServer } from "node:http";
createServer((_, response) => response.end(process.env.ROLLPIN_VERSION + " " + Date.now())).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;
const SCHEMAS = [[OLD, { reads: ">=6 <8", writes: 7 }], [NEW, { reads: ">=8 <9", writes: 8 }]] as const;
/** Says when it begins. */
const HOOK = `console.log = (text) => require("fs").appendFileSync("hook.log", text + "\\n"); console.log(Date.now()); setTimeout(() => {}, 300);`;

export interface Doors {
  readonly consul: ConsulServer;
  /** Found in the catalog, by the router of `edge`. */
  readonly plain: TestAgent;
  /** With a port of its agent's in front. */
  readonly fronted: TestAgent;
  /** When each migration began, milliseconds since the epoch. */
  began(): Promise<readonly number[]>;
  /** Requests at both doors, until its end. */
  load(): Load;
  /** The ports of the router and of the agent in front. */
  ports(): Promise<readonly [number, number]>;
  record(agent: TestAgent): Promise<InstanceRecord>;
  /** The operation that marks the service. */
  operation(): Promise<string | undefined>;
  remove(): Promise<void>;
}

export interface Load {
  readonly answers: readonly { readonly door: "router" | "port"; readonly version: string; readonly at: number }[];
  /** What wasn't answered by an instance. */
  readonly others: readonly string[];
  end(): Promise<void>;
}

export async function startDoors(consul: ConsulServer): Promise<Doors> {
  const releases = { [OLD]: SERVICE, [NEW]: SERVICE };
  const files = Object.fromEntries(SCHEMAS.map(([version, schema]) => [`releases/${version}/release.json`, JSON.stringify({ version, schema })]));
  const processOf = (more: string): string => `sessionTtl: 10s\nregister: {check: {${more === "" ? "tcp: true" : "http: /healthz"}, interval: 1s}}\nappliers:\n  - process:\n      command: [node, "./releases/{{version}}/server.js", "{{port}}"]\n      readyTimeout: 5s\n      stopGrace: 1s\n${more}`;
  const command = JSON.stringify([process.execPath, "-e", HOOK]);
  const [plain, fronted, data, edge] = await Promise.all([
    startAgent({ consul: consul.address, service: "doors", instance: "doors-1", releases, files, yaml: processOf("") }),
    startAgent({ consul: consul.address, service: "doors", instance: "doors-2", releases, files, yaml: processOf("      inbound: {port: 0, address: 127.0.0.1, hold: 500ms}\n") }),
    startAgent({ consul: consul.address, service: "doors", instance: "doors-data", releases: {}, yaml: `register: false\ntrack: data\nsessionTtl: 10s\nhooks:\n  migrate:\n    down: {command: ${command}}\n    up: {command: ${command}}\n` }),
    startAgent({ consul: consul.address, service: "edge", instance: "edge-1", releases: {}, yaml: `register: false\nrouters:\n  - {kind: proxy, upstream: doors, listen: "127.0.0.1:0", hold: 500ms}\n` }),
  ]);
  await registered(consul, "doors", OLD, NEW);
  const ports = (): Promise<readonly [number, number]> =>
    until("both doors are open", async () => {
      const [router, front] = [(await edge.state()).routers?.[0]?.listen?.split(":")[1], (await fronted.state()).inbound?.port];
      return router === undefined || front === undefined ? undefined : ([Number(router), front] as const);
    });
  const log = join(data.folder, "hook.log");
  await writeFile(log, "");
  return {
    consul,
    plain,
    fronted,
    began: async () => (await readFile(log, "utf8")).split("\n").filter((line) => line !== "").map(Number),
    ports,
    load: () => openLoad(ports()),
    record: async (agent) => JSON.parse((await consul.kv.get(`rollpin/instances/doors/${agent.instance}`)) ?? "{}") as InstanceRecord,
    operation: async () => (JSON.parse((await consul.kv.get("rollpin/desired/doors/head")) ?? "{}") as { readonly operation?: { readonly id: string } }).operation?.id,
    remove: async () => void (await Promise.all([plain, fronted, data, edge].map((agent) => agent.remove()))),
  };
}

const EVERY_MS = 10;

function openLoad(ports: Promise<readonly [number, number]>): Load {
  const answers: { door: "router" | "port"; version: string; at: number }[] = [];
  const others: string[] = [];
  const over = new AbortController();
  const knock = async (door: "router" | "port", place: 0 | 1): Promise<void> => {
    const port = (await ports)[place];
    const underWay = new Set<Promise<unknown>>();
    while (!over.signal.aborted) {
      const one: Promise<unknown> = ask(port).then(({ at, version }) => void answers.push({ door, version, at }), (error: unknown) => void others.push(String(error))).finally(() => underWay.delete(one));
      underWay.add(one);
      await systemClock.sleep(EVERY_MS, over.signal);
    }
    await Promise.all(underWay);
  };
  const knocking = Promise.all([knock("router", 0), knock("port", 1)]);
  return {
    answers,
    others,
    async end() {
      over.abort();
      await knocking;
    },
  };
}
