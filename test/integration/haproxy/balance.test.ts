/** Instances that come while a real HAProxy runs get their part of what their version gets. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { CheckedEndpoint } from "../../../core/store/port.ts";
import { type HaproxyServer, createHaproxy, haproxyProgram } from "../../support/haproxy-server.ts";
import { answersOf } from "../routers/case-rig.ts";
import { closeAll, endpoint, follow, listening } from "../routers/router-rig.ts";
import { steer } from "./haproxy-rig.ts";

const REQUESTS = 500;

let haproxy: HaproxyServer;

describe.skipIf(haproxyProgram === undefined)("a real HAProxy", () => {
  beforeAll(async () => {
    haproxy = await createHaproxy();
    await haproxy.start();
  }, 300_000);
  afterEach(closeAll);
  afterAll(() => haproxy.remove(), 60_000);

  test("shares alike with five instances that came one after the other while it runs", { timeout: 120_000 }, async () => {
    const steered = steer(haproxy, { reload: haproxy.reload, check: haproxy.check });
    const instances: CheckedEndpoint[] = [];
    for (const name of ["a", "b", "c", "d", "e"]) {
      instances.push(endpoint("1.0.0", await listening((_, response) => response.end(name))));
      follow(steered.router, { instances: [...instances], revision: instances.length });
      await steered.serves();
    }
    const found = await answersOf(haproxy.port, {}, REQUESTS);
    // A fifth for each, and far from nothing.
    for (const name of ["a", "b", "c", "d", "e"]) expect(found.get(name) ?? 0, JSON.stringify(Object.fromEntries(found))).toBeGreaterThan(REQUESTS / 20);
    await steered.end();
  });
});
