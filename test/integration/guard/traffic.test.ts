/** From the first bad answer to good ones again, by nothing but what rollpin's own router counts. */
import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
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
const POLICY = "every: 1s\nsignals: {traffic: {traffic: {}}}\njudge: {minSamples: 20}\nstrategy: [{when: [traffic], do: rollback}]\n";

const manage = (...words: readonly string[]) => expectExit(0, words, { consul: consul.address });

interface Answer {
  readonly status: number;
  readonly version: string;
}

function ask(port: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path: "/" }, (response) => {
      let version = "";
      response.on("data", (chunk: Buffer) => (version += chunk.toString())).on("end", () => resolve({ status: response.statusCode ?? 0, version }));
    }).on("error", reject).end();
  });
}

const portOf = (edge: TestAgent): Promise<number> => until("the router listens", async () => Number((await edge.state()).routers?.[0]?.listen?.split(":")[1]) || undefined);

/** The service, guarded by its agent, and a router to it. */
async function guarded(service: string): Promise<{ readonly shop: TestAgent; readonly port: number }> {
  const shop = await start({ service, releases: RELEASES, yaml: processYaml("guard: {}\nsessionTtl: 10s\n") });
  const edge = await start({ service: `${service}-edge`, releases: {}, yaml: `register: false\nrouters:\n  - {kind: proxy, upstream: ${service}, listen: "127.0.0.1:0"}\n` });
  await registered(consul, service, "1.0.0", "2.0.0");
  await manage("pin", service, "1.0.0", "--yes");
  await runs(shop, "1.0.0");
  await manage("release", "clear", service, "1.0.0", "--good", "--yes");
  await manage("policy", "set", service, "--text", POLICY, "--yes");
  await until("it is guarded", async () => (JSON.parse((await manage("guard", "explain", service, "-o", "json")).stdout) as { leader: string | null }).leader ?? undefined);
  return { shop, port: await portOf(edge) };
}

describe("traffic", () => {
  it("turns a bad version back: the pin was moved at once, and what it had before is what it is compared with", { timeout: 120_000 }, async () => {
    const { port, shop } = await guarded("shop");
    for (let sent = 0; sent < 60; sent += 1) expect((await ask(port)).status).toBe(200);
    await until("the router told what it counted", async () => {
      const entry = await consul.kv.get("rollpin/routers/shop/shop-edge-1");
      const { traffic } = JSON.parse(entry ?? "{}") as { traffic?: { now: Record<string, { requests: number }> } };
      return (traffic?.now["1.0.0"]?.requests ?? 0) >= 40;
    });
    await manage("pin", "shop", "2.0.0", "--yes", "--no-wait");
    let firstBad: number | undefined;
    const backAt = await until("answers are good again", async () => {
      const { status, version } = await ask(port);
      if (status === 500) firstBad ??= systemClock.monotonic();
      const isBack = firstBad !== undefined && version === "1.0.0" && (await consul.kv.get("rollpin/desired/shop/pin")) === "1.0.0";
      return isBack ? systemClock.monotonic() : undefined;
    }, { everyMs: 2, deadlineMs: 60_000 });
    await runs(shop, "1.0.0");
    const [newest] = await historyOf(consul, "shop").then((all) => all.filter(({ by }) => by === "guard"));
    expect(newest).toMatchObject({ kind: "rollback", reason: expect.stringContaining("traffic: more requests fail (by more than 0.5%, at 99% confidence): 2.0.0 failed") as string });
    expect(backAt - (firstBad ?? 0)).toBeLessThan(30_000);
  });
});
