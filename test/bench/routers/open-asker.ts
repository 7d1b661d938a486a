/** What clients ask, over a kept connection, and which version the answer names. */
import { Agent, request } from "node:http";
import { askSrvByTcp } from "../../support/dns.ts";
import { openConnection } from "../proxy/client.ts";
import type { Place } from "./messages.ts";

export interface Asker {
  /** A version; where an answer names several, all of them. */
  ask(): Promise<string>;
  isOpen(): boolean;
  end(): void;
}

export function openAsker(place: Place): Asker {
  if (place.answers === "requests") {
    const connection = openConnection(place.port);
    return {
      ...connection,
      async ask() {
        const body = await connection.ask();
        return body.slice(0, body.indexOf(" "));
      },
    };
  }
  if (place.answers === "dns") return openDnsAsker(place);
  const { path, port } = place;
  const read = READ[place.answers];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return { ask: async () => read(await get(agent, port, path)), isOpen: () => true, end: () => agent.destroy() };
}

/** By TCP, so that all instances are in each answer. */
function openDnsAsker({ catalog, name, port }: Place & { readonly answers: "dns" }): Asker {
  const agent = new Agent();
  let versions: Promise<ReadonlyMap<number, string>> | undefined;
  return {
    async ask() {
      versions ??= get(agent, catalog.port, catalog.path).then((body) => new Map(readShown(body).map(({ Service }) => [Service.Port, versionOf(Service)])));
      const [{ records }, known] = await Promise.all([askSrvByTcp(port, name), versions]);
      return named(records.map((record) => known.get(record.port) ?? ""));
    },
    isOpen: () => true,
    end: () => agent.destroy(),
  };
}

interface Shown {
  readonly Service: { readonly Port: number; readonly Meta: Readonly<Record<string, string>> };
}

function readShown(body: string): readonly Shown[] {
  return JSON.parse(body) as readonly Shown[];
}

const versionOf = ({ Meta }: Shown["Service"]): string => Meta["version"] ?? "";
const named = (versions: readonly string[]): string => [...new Set(versions)].sort().join(" and ");

function get(agent: Agent, port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent, host: "127.0.0.1", port, path }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => void (body += chunk));
      response.on("error", reject).on("end", () => (response.statusCode === 200 ? resolve(body) : reject(new Error(`HTTP ${response.statusCode}`))));
    });
    asked.on("error", reject).end();
  });
}

const READ: Readonly<Record<"catalog" | "chain", (body: string) => string>> = {
  catalog: (body) => named(readShown(body).map(({ Service }) => versionOf(Service))),
  chain(body) {
    const { Chain } = JSON.parse(body) as { readonly Chain: { readonly StartNode: string } };
    // "resolver:v2-0-0.bench-mesh.default.dc1", as agent/mesh names subsets.
    return /^resolver:v([0-9-]+)\./.exec(Chain.StartNode)?.[1]?.replaceAll("-", ".") ?? Chain.StartNode;
  },
};
