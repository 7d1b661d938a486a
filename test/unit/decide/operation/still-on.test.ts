import { describe, expect, test } from "vitest";
import { type TrafficSeen, describeStillOn, determineStillOn } from "../../../../core/decide/operation/still-on.ts";
import type { SeenRouter } from "../../../../core/model/facts.ts";
import type { InstanceRecord } from "../../../../core/model/records.ts";
import type { RouterRecord } from "../../../../core/model/router-records.ts";
import { instanceOf, timeOf } from "../facts.ts";

const STEP = { kind: "drain", service: "shop", versions: ["2.0.0"] } as const;
const look = (more: Partial<TrafficSeen>) => determineStillOn({ ...STEP, versions: [...STEP.versions] }, { shown: [], instances: [], routers: [], ...more });
const shown = (version: string, passing: boolean) => ({ id: "shop-1", meta: { version }, passing });
const running = (more: Partial<InstanceRecord>) => instanceOf({ service: "shop", instance: "shop-1", version: "2.0.0", traffic: { catalog: "shop" }, ...more });
const router = (more: Partial<RouterRecord>, live = true): SeenRouter => ({
  live,
  record: { service: "shop", router: "edge", kind: "proxy", status: "in-sync", revision: 1, digest: "", seen: 1, split: [], notes: [], instances: 0, instance: "edge-1", agent: { version: "1.0.0", startedAt: timeOf(0) }, at: timeOf(0), ...more },
});

describe("traffic is still on", () => {
  test.each([
    ["what the catalog shows as passing", { shown: [shown("2.0.0", true)] }, "shop-1"],
    ["an instance whose agent hasn't said that nothing gets through", { instances: [running({})] }, "shop-1"],
    ["both, named once", { shown: [shown("2.0.0", true)], instances: [running({})] }, "shop-1"],
    ["a router that may send there", { routers: [router({ versions: ["1.0.0", "2.0.0"] })] }, "router edge"],
    ["a router with something in flight from before", { routers: [router({ status: "reconciling", reason: { code: "draining", message: "" } })] }, "router edge"],
  ])("%s", (_, seen: Partial<TrafficSeen>, left) => {
    expect(describeStillOn(look(seen))).toBe(left);
  });

  test.each([
    ["what doesn't pass, or runs another version", { shown: [shown("2.0.0", false), shown("1.0.0", true)] }],
    ["an instance that says it is off, or that nobody registers", { instances: [running({ traffic: { catalog: "shop", off: "because" } }), running({ traffic: undefined }), running({ version: "1.0.0" })] }],
    ["one whose session is lost, if the catalog doesn't show it", { instances: [{ ...running({}), live: false }] }],
    ["routers that send elsewhere, can't tell, or are gone", { routers: [router({ versions: ["1.0.0"] }), router({}), router({ versions: ["2.0.0"] }, false)] }],
  ])("but not %s", (_, seen: Partial<TrafficSeen>) => {
    expect(describeStillOn(look(seen))).toBeUndefined();
  });
});
