/** The table of cases that every router is held to, through a real nginx that runs all the while, by the example's template. */
import { afterAll, afterEach, beforeAll, describe, test } from "vitest";
import { routingCases } from "../../cases/routing.ts";
import { type NginxServer, createNginx, nginxProgram } from "../../support/nginx-server.ts";
import { expectAnswers, requestsByCaller, situationOf } from "../routers/case-rig.ts";
import { closeAll, follow } from "../routers/router-rig.ts";
import type { Steered } from "../routers/steered.ts";
import { steer } from "./nginx-rig.ts";

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
    for (const [caller, requests] of requestsByCaller(one)) {
      await steered?.end();
      steered = steer(nginx, { caller });
      follow(steered.router, situation);
      await steered.serves();
      for (const asked of requests) await expectAnswers(nginx.port, asked);
    }
  });
});
