/** The table of cases that every router is held to, through a real proxy, real requests and real services. */
import { afterEach, describe, expect, test } from "vitest";
import type { Router } from "../../../agent/routers/router.ts";
import type { CheckedEndpoint } from "../../../core/store/port.ts";
import { type RoutingCase, routingCases } from "../../cases/routing.ts";
import { ask, closeAll, endpoint, follow, listening, openTestRouter } from "./router-rig.ts";

afterEach(closeAll);

/** So many requests where several share the traffic. */
const MANY = 400;
/** Of 100,000 tables like this one, hardly one would see a share further from its own: five standard deviations. */
const DEVIATIONS = 5;

async function instances(names: readonly string[], passing: boolean): Promise<readonly CheckedEndpoint[]> {
  return Promise.all(names.map(async (name) => endpoint(name, await listening((_, response) => response.end(name)), passing)));
}

async function routerFor(one: RoutingCase, caller: string | undefined): Promise<Router> {
  const router = await openTestRouter({ hold: "0s" }, caller);
  const backups = Array.from({ length: one.failoverPassing ?? 0 }, () => "checkout-backup");
  follow(router, { ...one, instances: [...(await instances(one.passing, true)), ...(await instances(one.failing ?? [], false))], failover: one.failoverPassing === undefined ? undefined : await instances(backups, true) });
  return router;
}

async function answeredBy(router: Router, sent: Parameters<typeof ask>[1]): Promise<string> {
  const { body, status } = await ask(router.port, sent);
  if (status === 503) return "none";
  return sent?.method === "HEAD" ? "HEAD" : body;
}

describe("the table of cases, through a real proxy", () => {
  test.each(routingCases.filter(({ cannot = {} }) => !("proxy" in cannot)))("$name", async (one) => {
    for (const { caller, to, ...sent } of one.requests) {
      const router = await routerFor(one, caller);
      const found = new Map<string, number>();
      const times = typeof to === "string" ? 2 : MANY;
      const answers = await Promise.all(Array.from({ length: times }, () => answeredBy(router, sent)));
      for (const answer of answers) found.set(answer, (found.get(answer) ?? 0) + 1);
      if (typeof to === "string") expect([...found.keys()], JSON.stringify(sent)).toEqual([sent.method === "HEAD" ? "HEAD" : to]);
      else for (const [name, part] of Object.entries(to)) expect(Math.abs((found.get(name) ?? 0) / times - part), `${name} of ${JSON.stringify(Object.fromEntries(found))}`).toBeLessThanOrEqual(DEVIATIONS * Math.sqrt((part * (1 - part)) / times));
    }
  });
});
