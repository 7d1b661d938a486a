/** Instances that don't answer a real HAProxy: who is left out, for how long, and who isn't. */
import { Agent } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type HaproxyServer, createHaproxy, haproxyProgram } from "../../support/haproxy-server.ts";
import { until } from "../../support/until.ts";
import { type Asked, NOBODY, ask, closeAll, dumb, endpoint, follow, listening } from "../routers/router-rig.ts";
import type { Steered } from "../routers/steered.ts";
import { commandTo, steer } from "./haproxy-rig.ts";

const LIMIT_MS = 500;
/** HAProxy's own timers, and a machine that does something else too. */
const SLACK_MS = 4_000;

let haproxy: HaproxyServer;
let steered: Steered;
let well: number;
/** Of each test its own: where limits differ HAProxy is reloaded, and kept connections are closed under the client. */
let clients: Agent;

async function serve(...ports: readonly number[]): Promise<void> {
  follow(steered.router, { instances: ports.map((port) => endpoint("1.0.0", port)) });
  await steered.serves();
}

/** Nobody waits past the time limit. */
async function answer(asked: Asked = {}): Promise<string> {
  const begun = performance.now();
  const { body, status } = await ask(haproxy.port, asked, clients);
  expect(performance.now() - begun).toBeLessThan(LIMIT_MS + SLACK_MS);
  return status === 200 ? body : String(status);
}

/** Some at a time, of those that may be repeated and of those that may not. */
function answers(times: number): Promise<readonly string[]> {
  return Promise.all(Array.from({ length: times }, (_, number) => answer(number % 2 === 0 ? {} : { method: "POST", body: "once" })));
}

const statusOf = async (port: number): Promise<string | undefined> => (await rowOf(port))?.[17];

describe.skipIf(haproxyProgram === undefined)("an instance behind a real HAProxy", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    haproxy = await createHaproxy();
    await haproxy.start();
  }, 300_000);
  beforeEach(async () => {
    clients = new Agent({ keepAlive: true, maxSockets: 8 });
    well = await listening((_, response) => response.end("well"));
    steered = steer(haproxy, { reload: haproxy.reload, check: haproxy.check, responseTimeout: `${LIMIT_MS}ms` });
  });
  afterEach(async () => {
    await steered.end();
    clients.destroy();
    closeAll();
  }, 60_000);
  afterAll(() => haproxy.remove(), 60_000);

  it("that accepts and never answers is left out, also against a hand, and comes back when it is well", async () => {
    const slow = await dumb("slow");
    await serve(slow.port, well);
    await until("it is left out", async () => {
      const found = await answers(4);
      expect(found.filter((each) => each !== "well" && each !== "504")).toEqual([]);
      return steered.router.leftOut().length > 0;
    });
    await until("HAProxy knows", async () => (await statusOf(slow.port)) === "DRAIN");
    expect(await answers(20)).toEqual(Array.from({ length: 20 }, () => "well"));
    expect(steered.router.leftOut()).toEqual([`127.0.0.1:${slow.port}`]);
    expect(steered.warnings.join("\n")).toContain(`haproxy-left-out: 1.0.0 at 127.0.0.1:${slow.port} doesn't answer`);
    expect(steered.warnings.filter((line) => line.startsWith("haproxy-drift"))).toEqual([]);
    expect(steered.router.tally.failures.unknown).toBeGreaterThanOrEqual(3);
    await commandTo(haproxy, `set server ${await backendOf(slow.port)} state ready`);
    await until("a hand is undone", () => steered.warnings.some((line) => line.startsWith("haproxy-drift") && line.includes("state drain")));
    slow.heal();
    await until("it answers again", async () => (await answers(4)).includes("slow"));
    await until("it is back", () => steered.router.leftOut().length === 0);
    await until("without a limit", async () => (await limitOf(slow.port)) === "");
    expect(steered.warnings.filter((line) => line.includes("answers again"))).toHaveLength(1);
  });

  it("that accepts and never answers costs what may be repeated one try, with tryTimeout, and nobody hears of it", async () => {
    await steered.end();
    steered = steer(haproxy, { reload: haproxy.reload, check: haproxy.check, responseTimeout: `${LIMIT_MS}ms`, tryTimeout: "200ms" });
    const slow = await dumb("slow");
    await serve(slow.port, well);
    await until("it is left out", async () => {
      expect(await Promise.all([answer(), answer({ method: "PUT", body: "again" }), answer({ method: "HEAD" })])).toEqual(["well", "well", ""]);
      return steered.router.leftOut().length > 0;
    });
    expect(slow.asked()).toBeGreaterThanOrEqual(3);
  });

  it("that takes no connection is left out, and no request is lost", async () => {
    await serve(NOBODY, well);
    await until("it is left out", async () => {
      expect(await answers(4)).toEqual(["well", "well", "well", "well"]);
      return steered.router.leftOut().length > 0;
    });
    await until("HAProxy knows", async () => (await statusOf(NOBODY)) === "DRAIN");
    expect(await answers(10)).toEqual(Array.from({ length: 10 }, () => "well"));
  });

  it("that answers 500 always stays, as with the built-in router: the status is the version's", async () => {
    await serve(await listening((_, response) => response.writeHead(500).end()), well);
    await until("it has answered for some looks", async () => {
      await answers(4);
      return (steered.router.tally.requests["1.0.0 5xx"] ?? 0) > 20;
    });
    expect(steered.router.leftOut()).toEqual([]);
  });

  it("stays where it is the only one, or half are out already", async () => {
    const slow = await dumb("slow");
    await serve(slow.port);
    await until("it has failed for some looks", async () => {
      await answers(4);
      return (steered.router.tally.failures.unknown ?? 0) > 10;
    });
    expect(steered.router.leftOut()).toEqual([]);
    const other = await dumb("other");
    await serve(slow.port, other.port);
    await until("one of them is left out", async () => {
      await answers(4);
      return steered.router.leftOut().length > 0;
    });
    await answers(8);
    expect(steered.router.leftOut()).toHaveLength(1);
  });

  it("isn't judged by counters that somebody cleared, and is after that", async () => {
    let isWell = true;
    const other = await listening((_, response) => void (isWell && response.end("other")));
    await serve(other, well);
    const counted = (): number => steered.router.tally.requests["1.0.0 2xx"] ?? 0;
    // Fewer after that: a count that is the same again looks as if nothing had come.
    for (const { hand, times } of [{ hand: undefined, times: 6 }, { hand: "clear counters all", times: 2 }]) {
      const before = counted();
      if (hand !== undefined) await commandTo(haproxy, hand);
      await answers(times);
      await until("they are counted", () => counted() > before);
    }
    expect({ leftOut: steered.router.leftOut(), failures: steered.router.tally.failures }).toEqual({ leftOut: [], failures: { unknown: 0 } });
    expect(steered.warnings).toEqual([]);
    isWell = false;
    await until("it is left out", async () => {
      await answers(4);
      return steered.router.leftOut().length > 0;
    });
  });
});

/** `<backend>/<server>` */
async function backendOf(port: number): Promise<string> {
  const [backend, server] = (await rowOf(port)) ?? [];
  return `${backend}/${server}`;
}

/** Of requests at a time. */
async function limitOf(port: number): Promise<string | undefined> {
  return (await rowOf(port))?.[6];
}

async function rowOf(port: number): Promise<readonly string[] | undefined> {
  return (await commandTo(haproxy, "show stat -1 4 -1")).split("\n").find((line) => line.includes(`:127.0.0.1:${port},`))?.split(",");
}
