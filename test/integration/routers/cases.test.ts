/** The table of cases that every router is held to, through a real proxy, real requests and real services. */
import { afterEach, describe, test } from "vitest";
import { routingCases } from "../../cases/routing.ts";
import { expectAnswers, situationOf } from "./case-rig.ts";
import { closeAll, follow, openTestRouter } from "./router-rig.ts";

afterEach(closeAll);

describe("the table of cases, through a real proxy", () => {
  test.each(routingCases.filter(({ cannot = {} }) => !("proxy" in cannot)))("$name", async (one) => {
    for (const { caller, ...asked } of one.requests) {
      const router = await openTestRouter({ hold: "0s" }, caller);
      follow(router, await situationOf(one));
      await expectAnswers(router.port, asked);
    }
  });
});
