import { expect, it } from "vitest";
import type { GroupFacts } from "../../../examples/demo/group/group-facts.ts";
import { groupChecks } from "../../../examples/demo/group/group-report.ts";
import type { Answer } from "../../../examples/demo/load.ts";
import { answer, ran } from "./invented-facts.ts";

const order = (ms: number, mark: string): Answer => ({ ...answer(ms, "shop-web-1", "1.4.0"), mark });
const BEFORE = { pins: { "shop-web": "7.1.0", "shop-payments": "4.0.0", "shop-orders": "2.0.0", "shop-ledger": "5.1.0" }, schema: 8 };

const facts = (changed: Partial<GroupFacts> = {}): GroupFacts => ({
  service: "shop",
  answers: [order(-500, "1"), answer(100, "shop-web-1", "7.1.0", "error"), order(900, "2"), order(1_500, "3")],
  plan: { services: [{ service: "shop-orders", why: "named" }, { service: "shop-payments", why: "goes along" }] },
  rollback: ran("rollpin rollback shop-orders", 0, 600),
  undo: ran("rollpin undo shop-orders", 1_000, 1_400),
  before: BEFORE,
  back: { pins: { ...BEFORE.pins, "shop-payments": "3.2.0", "shop-orders": "1.4.0" }, schema: 7 },
  undone: BEFORE,
  orders: new Set(["1", "2", "3"]),
  ...changed,
});

const failing = (changed: Partial<GroupFacts> = {}): readonly string[] => groupChecks(facts(changed)).filter(({ passed }) => !passed).map(({ text }) => text);

it("passes where all of it held, whatever failed while the data moved", () => expect(failing()).toEqual([]));

it.each<[string, Partial<GroupFacts>, string]>([
  ["an order is lost", { orders: new Set(["1", "3"]) }, "1 of 3 orders that clients were told of are missing"],
  ["no order was told of", { answers: [answer(900, "shop-web-1", "7.1.0")] }, "0 of 0 orders"],
  ["a third service moves", { plan: { services: [...facts().plan.services, { service: "shop-web", why: "" }] } }, "the plan moves shop-orders and shop-payments and shop-web"],
  ["the data stayed", { back: { ...facts().back, schema: 8 } }, "schema 8"],
  ["an error comes after the receipt", { answers: [...facts().answers, answer(800, "shop-web-1", "7.1.0", "error")] }, "1 of 2 requests met an error between the receipt and the undo"],
  ["the undo puts back something else", { undone: { ...BEFORE, schema: 7 } }, "undone:"],
  ["the undo reached not all", { undo: ran("rollpin undo shop-orders", 1_000, 1_400, 5) }, "exit 5"],
])("says so where %s", (_, changed, text) => {
  expect(failing(changed)).toEqual([expect.stringContaining(text)]);
});
