/** Services with two instances each, one of them a canary, that count what they answer; a version is bad by its name. */
import { freePorts } from "../../../core/free-ports.ts";
import type { TestAgent } from "../../support/rollpin.ts";
import type { OwnConsul } from "../../integration/stories/own-consul.ts";
import { registered } from "../../integration/stories/story.ts";

export interface GuardedService {
  readonly name: string;
  readonly tracks: Readonly<Record<"canary" | "stable", { readonly agent: TestAgent; readonly port: number }>>;
}

export const FIRST = "1.0.0";

/** Two in five answers of a bad one are errors. */
export const isBad = (version: string): boolean => version.endsWith("-bad");

const program = (service: string): string => `import { createServer } from "node:http";
const version = process.env.ROLLPIN_VERSION;
const counts = { 200: 0, 500: 0 };
createServer((request, response) => {
  if (request.url === "/metrics") return response.setHeader("Content-Type", "text/plain; version=0.0.4").end(Object.entries(counts).map(([code, count]) => 'http_requests_total{service="${service}",version="' + version + '",code="' + code + '"} ' + count + "\\n").join(""));
  const code = version.endsWith("-bad") && (counts[200] + counts[500]) % 5 < 2 ? 500 : 200;
  counts[code] += 1;
  response.writeHead(code).end(version);
}).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;

/** They run the first version once somebody pins them to it. */
export async function startFleet({ consul, start }: Pick<OwnConsul, "consul" | "start">, names: readonly string[], versions: readonly string[]): Promise<readonly GuardedService[]> {
  return Promise.all(
    names.map(async (name): Promise<GuardedService> => {
      const releases = Object.fromEntries([FIRST, ...versions].map((version) => [version, program(name)]));
      const [stable = 0, canary = 0] = await freePorts(2);
      const instance = async (track: string, port: number) => ({
        port,
        agent: await start({ service: name, instance: `${name}-${track}`, releases, yaml: `track: ${track}\nsessionTtl: 10s\nregister: {check: {tcp: true, interval: 500ms, timeout: 2s}}\nappliers:\n  - process:\n      command: [node, "./releases/{{version}}/server.js"]\n      port: ${port}\n      environment: {PORT: "${port}"}\n      stopGrace: 500ms\n` }),
      });
      const [first, second] = await Promise.all([instance("stable", stable), instance("canary", canary)]);
      await registered(consul, name, FIRST, ...versions);
      return { name, tracks: { stable: first, canary: second } };
    }),
  );
}
