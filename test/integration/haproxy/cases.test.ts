/** The table of cases that every router is held to, through a real HAProxy that runs all the while. */
import { afterAll, afterEach, beforeAll, describe, test } from "vitest";
import { routingCases } from "../../cases/routing.ts";
import { type HaproxyServer, createHaproxy, haproxyProgram } from "../../support/haproxy-server.ts";
import { closeAll, follow } from "../routers/router-rig.ts";
import { expectAnswers, requestsByCaller, situationOf } from "../routers/case-rig.ts";
import type { Steered } from "../routers/steered.ts";
import { steer } from "./haproxy-rig.ts";

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
    for (const [caller, requests] of requestsByCaller(one)) {
      await steered?.end();
      steered = steer(haproxy, { caller, reload: haproxy.reload });
      follow(steered.router, situation);
      await steered.serves();
      for (const asked of requests) await expectAnswers(haproxy.port, asked);
    }
  });
});
