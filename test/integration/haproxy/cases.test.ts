/** The table of cases that every router is held to, through a real HAProxy that runs all the while. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { routingCases } from "../../cases/routing.ts";
import { type HaproxyServer, createHaproxy, haproxyProgram } from "../../support/haproxy-server.ts";
import { closeAll, follow } from "../routers/router-rig.ts";
import { DEVIATIONS, answersOf, situationOf } from "../routers/case-rig.ts";
import type { Steered } from "../routers/steered.ts";
import { steer } from "./haproxy-rig.ts";

/** So many requests where several share the traffic. */
const MANY = 400;

let haproxy: HaproxyServer;
let steered: Steered | undefined;
describe.skipIf(haproxyProgram === undefined)("the table of cases, through a real HAProxy", () => {
  beforeAll(async () => {
    haproxy = await createHaproxy();
    await haproxy.start();
  }, 300_000);
  afterEach(async () => {
    await steered?.end();
    closeAll();
  }, 60_000);
  afterAll(() => haproxy.remove(), 60_000);

  test.each(routingCases.filter(({ cannot = {} }) => !("haproxy" in cannot)))("$name", { timeout: 120_000 }, async (one) => {
    const situation = await situationOf(one);
    for (const { caller = "shop", to, ...sent } of one.requests) {
      await steered?.end();
      steered = steer(haproxy, { caller, reload: haproxy.reload });
      follow(steered.router, situation);
      await steered.serves();
      const times = typeof to === "string" ? 3 : MANY;
      const found = await answersOf(haproxy.port, sent, times);
      if (typeof to === "string") expect([...found.keys()], JSON.stringify(sent)).toEqual([sent.method === "HEAD" ? "HEAD" : to]);
      else for (const [name, part] of Object.entries(to)) expect(Math.abs((found.get(name) ?? 0) / times - part), `${name} of ${JSON.stringify(Object.fromEntries(found))}`).toBeLessThanOrEqual(DEVIATIONS * Math.sqrt((part * (1 - part)) / times));
    }
  });
});
