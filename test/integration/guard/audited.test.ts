/** Calls through a real agent's router into its audit log, rotated and packed meanwhile: what is said of them, and what the guard does by them. */
import { readFile, readdir, stat } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { historyOf } from "../../support/history.ts";
import type { TestAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { ownConsul } from "../stories/own-consul.ts";
import { expectExit, processYaml, registered, runs } from "../stories/story.ts";

const { consul, start } = await ownConsul();

const serving = (bad: number): string => `import { createServer } from "node:http";
let count = 0;
createServer((_, response) => {
  response.statusCode = (count += 1) % 10 < ${bad} ? 500 : 200;
  response.end(process.env.ROLLPIN_VERSION);
}).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;
const RELEASES = { "1.0.0": serving(0), "2.0.0": serving(4) };
const POLICY = "every: 1s\nsignals: {calls: {audit: {}}}\njudge: {minSamples: 20}\nstrategy: [{when: [calls], do: rollback}]\n";
const MAX_BYTES = 4096;
const EDGE = `register: false\nrouters:\n  - {kind: proxy, upstream: shop, listen: "127.0.0.1:0"}\naudit: {file: log/audit.jsonl, user: x-user, parameters: [currency], maxBytes: ${MAX_BYTES}, keep: 100, gzip: true}\n`;
const EACH = 100;

const manage = (...words: readonly string[]) => expectExit(0, words, { consul: consul.address });
const traceOf = (number: number): string => number.toString(16).padStart(32, "0");

interface Answer {
  readonly status: number;
  readonly version: string;
  readonly trace: string;
}

let asked = 0;
function ask(port: number): Promise<Answer> {
  const trace = traceOf((asked += 1));
  const headers = { "x-user": "jo", authorization: "Bearer s3cret-of-jo", traceparent: `00-${trace}-00f067aa0ba902b7-01` };
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path: `/orders/${4711 + asked}/pay?currency=EUR&card=4111111111111111`, headers }, (response) => {
      let version = "";
      response.on("data", (chunk: Buffer) => (version += chunk.toString())).on("end", () => resolve({ status: response.statusCode ?? 0, version, trace }));
    }).on("error", reject).end();
  });
}

const portOf = (edge: TestAgent): Promise<number> => until("the router listens", async () => Number((await edge.state()).routers?.[0]?.listen?.split(":")[1]) || undefined);

async function allText(folder: string): Promise<string> {
  const files = (await readdir(folder)).map(async (name) => {
    const bytes = await readFile(join(folder, name));
    return name.endsWith(".gz") ? gunzipSync(bytes).toString() : bytes.toString();
  });
  return (await Promise.all(files)).join("");
}

it("names the first bad call, the change before it and the way back; and the guard takes it", { timeout: 120_000 }, async () => {
  const edge = await start({ service: "edge", releases: {}, yaml: EDGE });
  const file = join(edge.folder, "log", "audit.jsonl");
  const shop = await start({ service: "shop", releases: RELEASES, yaml: processYaml(`guard: {audit: {files: ["${file}"]}}\nsessionTtl: 10s\n`) });
  await registered(consul, "shop", "1.0.0", "2.0.0");
  await manage("pin", "shop", "1.0.0", "--yes");
  await runs(shop, "1.0.0");
  await manage("release", "clear", "shop", "1.0.0", "--good", "--yes");
  const port = await portOf(edge);
  const answers: Answer[] = [];
  const askMany = async (version: string): Promise<void> => {
    for (let sent = 0; sent < EACH; sent += 1) answers.push(await until(`${version} answers`, async () => ask(port).then((answer) => (answer.version === version ? answer : undefined))));
  };
  await askMany("1.0.0");
  await until("the log was rotated and packed", async () => (await readdir(join(edge.folder, "log"))).includes("audit.jsonl.1.gz"));
  await manage("pin", "shop", "2.0.0", "--yes");
  await askMany("2.0.0");
  await until("all calls are written", async () => (await edge.state()).audit?.rows === asked);
  await until("nothing is left to rotate and to pack", async () => (await stat(file)).size < MAX_BYTES && (await readdir(join(edge.folder, "log"))).every((name) => name === "audit.jsonl" || name.endsWith(".gz")));
  const { stdout } = await manage("audit", "analyze", "shop", "--file", file, "-o", "json");
  const firstBad = answers.find(({ status }) => status === 500);
  expect(JSON.parse(stdout)).toMatchObject({
    rows: asked,
    badLines: 0,
    versions: [{ version: "1.0.0", failures: 0 }, { version: "2.0.0", failures: answers.filter(({ status }) => status === 500).length, firstBad: { operation: "GET /orders/*/pay", trace: firstBad?.trace } }],
    finding: { kind: "version", suspect: "2.0.0", better: "1.0.0" },
    change: { revision: 2, kind: "pin" },
    suggestion: { command: "rollpin rollback shop" },
  });
  const text = await allText(join(edge.folder, "log"));
  expect(text).toContain('"user":"jo","parameters":{"currency":"EUR"}');
  expect(text).not.toMatch(/s3cret|4111|\/47/);
  await manage("policy", "set", "shop", "--text", POLICY, "--yes");
  await until("the guard went back", async () => (await consul.kv.get("rollpin/desired/shop/pin")) === "1.0.0", { deadlineMs: 60_000 });
  await runs(shop, "1.0.0");
  const [newest] = await historyOf(consul, "shop").then((all) => all.filter(({ by }) => by === "guard"));
  expect(newest).toMatchObject({ kind: "rollback", reason: expect.stringContaining("calls: more requests fail (by more than 0.5%, at 99% confidence): 2.0.0 failed") as string });
  const { stdout: explained } = await manage("guard", "explain", "shop", "-o", "json");
  expect(explained).toContain(firstBad?.trace);
});
