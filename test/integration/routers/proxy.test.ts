/** What the built-in router does when instances don't: each case with real sockets, no Consul. */
import { Agent, request } from "node:http";
import { type Socket, connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { ProxyRouter } from "../../../agent/routers/proxy-router.ts";
import { until } from "../../support/until.ts";
import { answersOf } from "./case-rig.ts";
import { NOBODY, ask, closeAll, dumb, endpoint, follow, listening, openTestRouter } from "./router-rig.ts";
import { MOST_OFF, ONE_NINE_NINETY, SPLIT_REQUESTS, deviationsOf } from "./split.ts";

afterEach(closeAll);

const answering = (name: string): Promise<number> => listening((_, response) => response.end(name));

async function answers(router: ProxyRouter, times: number, method = "GET"): Promise<readonly string[]> {
  const found: string[] = [];
  for (let number = 0; number < times; number += 1) {
    const { body, status } = await ask(router.port, { method });
    found.push(status === 200 ? body : String(status));
  }
  return found;
}

it("splits 1/9/90 within binomial bounds, and counts what was served", { timeout: 120_000 + SPLIT_REQUESTS * 5 }, async () => {
  const router = await openTestRouter();
  const instances = await Promise.all(Object.keys(ONE_NINE_NINETY.parts).map(async (version) => endpoint(version, await answering(version))));
  follow(router, { routes: ONE_NINE_NINETY.routes, instances });
  const found = await answersOf(router.port, {}, SPLIT_REQUESTS);
  for (const off of deviationsOf("built-in router", found)) expect(off).toBeLessThan(MOST_OFF);
  expect(router.tally.served()?.["1.0.0"]).toBeCloseTo((found.get("1.0.0") ?? 0) / SPLIT_REQUESTS, 3);
});

describe("an instance that accepts and never answers", () => {
  it("costs an idempotent request one try at most, is left out after three, and comes back when it is well", { timeout: 90_000 }, async () => {
    const router = await openTestRouter({ tryTimeout: "600ms", responseTimeout: "30s" });
    const slow = await dumb("slow");
    follow(router, { instances: [endpoint("1.0.0", slow.port), endpoint("1.0.0", await answering("quick"))] });
    // Nobody is told of it: each is answered by the other.
    const first = await until("it is left out", async () => {
      const found = await answers(router, 5);
      expect(found).toEqual(["quick", "quick", "quick", "quick", "quick"]);
      return router.leftOut().length === 1 && found;
    });
    expect(first).toHaveLength(5);
    expect(slow.asked()).toBeGreaterThanOrEqual(3);
    expect(router.tally.failures.late).toBeGreaterThanOrEqual(3);
    slow.heal();
    await until("it answers again", async () => (await answers(router, 5)).includes("slow"));
    expect(router.leftOut()).toEqual([]);
    expect(router.tally.requests["none 5xx"]).toBeUndefined();
  });

  it("is given up on at the time limit where a request can't be repeated", async () => {
    const router = await openTestRouter({ tryTimeout: "100ms", responseTimeout: "300ms" });
    const slow = await dumb("slow");
    follow(router, { instances: [endpoint("1.0.0", slow.port)] });
    expect(await ask(router.port, { method: "POST", body: "once" })).toMatchObject({ status: 504 });
    expect(slow.asked()).toBe(1);
    // The only one there is isn't left out: what fails everywhere is no outlier.
    expect(await answers(router, 4, "POST")).toEqual(["504", "504", "504", "504"]);
    expect(router.leftOut()).toEqual([]);
  });
});

describe("an instance that is gone", () => {
  it("is passed over at once, also by what can't be repeated: nothing was sent", async () => {
    const router = await openTestRouter();
    follow(router, { instances: [endpoint("1.0.0", NOBODY), endpoint("1.0.0", await answering("there"))] });
    expect(new Set(await answers(router, 20, "POST"))).toEqual(new Set(["there"]));
    expect(router.tally.failures.refused).toBeGreaterThanOrEqual(1);
    expect(router.leftOut()).toEqual([`127.0.0.1:${NOBODY}`]);
  });

  it("is waited for within hold where it is the only one, and no longer", async () => {
    const router = await openTestRouter({ hold: "200ms" });
    follow(router, { instances: [] });
    expect(await ask(router.port)).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    const patient = await openTestRouter({ hold: "30s" });
    follow(patient, { instances: [] });
    const waiting = ask(patient.port);
    await until("it waits", () => patient.connections() === 1);
    follow(patient, { instances: [endpoint("1.0.0", await answering("late"))] });
    expect(await waiting).toMatchObject({ status: 200, body: "late" });
  });

  it("is answered for at once where the routes say fail", async () => {
    const router = await openTestRouter({ hold: "30s" });
    follow(router, { routes: "split: {2.0.0: 100}\nnone: fail", instances: [endpoint("1.0.0", await answering("one"))] });
    expect(await ask(router.port)).toMatchObject({ status: 503 });
  });
});

describe("new routes", () => {
  it("count for the next request on a kept connection, and what is under way ends where it began", async () => {
    const router = await openTestRouter({ drain: "30s" });
    let finish = (): void => undefined;
    const one = await listening((incoming, response) => {
      if (incoming.url !== "/slow") return void response.end("1.0.0");
      response.write("begun, ");
      finish = () => response.end("ended");
    });
    const instances = [endpoint("1.0.0", one), endpoint("2.0.0", await answering("2.0.0"))];
    follow(router, { instances });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(router.port, {}, agent)).body).toBe("1.0.0");
    const slow = ask(router.port, { path: "/slow" });
    await until("it has begun", () => router.inFlight() === 1);
    await until("the service has it", () => finish.name === "finish");
    follow(router, { instances, routes: "split: {2.0.0: 1}", revision: 2 });
    expect((await ask(router.port, {}, agent)).body).toBe("2.0.0");
    let hasSettled = false;
    const settled = router.settled(new AbortController().signal).then(() => (hasSettled = true));
    expect((await ask(router.port, {}, agent)).body).toBe("2.0.0");
    expect({ hasSettled, isSettling: router.isSettling() }).toEqual({ hasSettled: false, isSettling: true });
    finish();
    expect((await slow).body).toBe("begun, ended");
    await settled;
    expect(router.isSettling()).toBe(false);
    agent.destroy();
  });

  it("leave a WebSocket where it is, and no report waits for it", async () => {
    const router = await openTestRouter({ drain: "60s" });
    const instances = [endpoint("1.0.0", await answering("1.0.0")), endpoint("2.0.0", await answering("2.0.0"))];
    follow(router, { instances });
    const client = connect(router.port, "127.0.0.1");
    const heard = listen(client);
    client.write("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n");
    await until("it is joined", () => heard().includes("101 "));
    follow(router, { instances: instances.slice(1), routes: "split: {2.0.0: 1}", revision: 2 });
    await router.settled(new AbortController().signal);
    expect((await ask(router.port)).body).toBe("2.0.0");
    client.write("still here");
    await until("it echoes", () => heard().endsWith("still here"));
    expect(router.inFlight()).toBe(1);
    client.end();
    await until("it is over", () => router.inFlight() === 0);
  });
});

describe("in mode tcp", () => {
  it("each connection goes by the split, bytes pass unread, and rules don't count", async () => {
    const router = await openTestRouter({ mode: "tcp" });
    const instances = [endpoint("1.0.0", await answering("1.0.0")), endpoint("2.0.0", await answering("2.0.0"))];
    follow(router, { instances, routes: "rules:\n  - {match: {path: /}, split: {1.0.0: 1}}\nsplit: {2.0.0: 1}" });
    expect((await ask(router.port, {}, new Agent())).body).toBe("2.0.0");
    expect(router.tally.requests).toEqual({ "2.0.0 tcp": 1 });
  });

  it("a connection passes over an instance that is gone", async () => {
    const router = await openTestRouter({ mode: "tcp" });
    follow(router, { instances: [endpoint("1.0.0", NOBODY), endpoint("1.0.0", await answering("there"))] });
    for (let number = 0; number < 10; number += 1) expect((await ask(router.port, {}, new Agent())).body).toBe("there");
  });
});

it("passes on what traces and callers said, and adds where the client is", async () => {
  const router = await openTestRouter();
  const port = await listening((incoming, response) => response.end(JSON.stringify(incoming.headers)));
  follow(router, { instances: [endpoint("1.0.0", port)] });
  const sent = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "a=1", baggage: "b=2", forwarded: "for=192.0.2.1", "x-forwarded-proto": "https", host: "shop.example" };
  const { body } = await ask(router.port, { headers: sent });
  expect(JSON.parse(body)).toMatchObject({ ...sent, forwarded: "for=192.0.2.1, for=127.0.0.1", "x-forwarded-for": "127.0.0.1" });
  expect(JSON.parse((await ask(router.port)).body)).not.toHaveProperty("traceparent");
});

it("breaks off with its client, and the instance hears of it", async () => {
  const router = await openTestRouter();
  let isCut = false;
  const port = await listening((_, response) => {
    response.write("begun");
    response.once("close", () => (isCut = true));
  });
  follow(router, { instances: [endpoint("1.0.0", port)] });
  const asked = request({ port: router.port, host: "127.0.0.1", agent: false }, (response) => response.once("data", () => asked.destroy()));
  asked.once("error", () => undefined).end();
  await until("the instance's answer is cut", () => isCut);
  await until("nothing is under way", () => router.inFlight() === 0);
});

function listen(socket: Socket): () => string {
  let heard = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => (heard += chunk));
  return () => heard;
}
