import { expect, test } from "vitest";
import { formatPlanId, parsePlanId } from "../../../core/decide/plan-id.ts";

test.each([
  ["checkout.12-k3q7ab", { service: "checkout", revision: 12, suffix: "k3q7ab" }],
  ["a-b.1", { service: "a-b", revision: 1, suffix: undefined }],
])("%s", (text, id) => {
  expect(parsePlanId(text)).toEqual({ ok: true, value: id });
  if (id.suffix !== undefined) expect(formatPlanId(id.service, id.revision, id.suffix)).toBe(text);
});

test.each(["", "checkout", "checkout.0", "checkout.01", "checkout.1-", "checkout.1-k3q7a", "checkout.1-k3q7a1", "-x.1", "Checkout.1", "checkout.1-k3q7ab/../x", `${"a".repeat(64)}.1`])("%j is none", (text) => {
  expect(parsePlanId(text)).toMatchObject({ ok: false });
});
