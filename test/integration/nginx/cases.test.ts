/** The table of cases that every router is held to, through a real nginx that runs all the while, by the example's template. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { routingCases } from "../../cases/routing.ts";
import { type NginxServer, createNginx, nginxProgram } from "../../support/nginx-server.ts";
import { DEVIATIONS, answersOf, situationOf } from "../routers/case-rig.ts";
import { closeAll, follow } from "../routers/router-rig.ts";
import type { Steered } from "../routers/steered.ts";
import { steer } from "./nginx-rig.ts";

/** So many requests where several share the traffic. */
const MANY = 400;

let nginx: NginxServer;
let steered: Steered | undefined;
describe.skipIf(nginxProgram === undefined)("the table of cases, through a real nginx", () => {
  beforeAll(async () => {
    nginx = await createNginx();
    await nginx.start();
  }, 300_000);
  afterEach(async () => {
    await steered?.end();
    closeAll();
  }, 60_000);
  afterAll(() => nginx.remove(), 60_000);

  test.each(routingCases.filter(({ cannot = {} }) => !("nginx" in cannot)))("$name", { timeout: 120_000 }, async (one) => {
    const situation = await situationOf(one);
    for (const { caller = "shop", to, ...sent } of one.requests) {
      await steered?.end();
      steered = steer(nginx, { caller });
      follow(steered.router, situation);
      await steered.serves();
      const times = typeof to === "string" ? 3 : MANY;
      const found = await answersOf(nginx.port, sent, times);
      if (typeof to === "string") expect([...found.keys()], JSON.stringify(sent)).toEqual([sent.method === "HEAD" ? "HEAD" : to]);
      else for (const [name, part] of Object.entries(to)) expect(Math.abs((found.get(name) ?? 0) / times - part), `${name} of ${JSON.stringify(Object.fromEntries(found))}`).toBeLessThanOrEqual(DEVIATIONS * Math.sqrt((part * (1 - part)) / times));
    }
  });
});
