import { expect, it } from "vitest";
import { describeStoreFault } from "../../../core/model/fault.ts";
import { missingRight } from "../../../core/model/missing-right.ts";

it.each([
  ["get", "rollpin/desired/shop/head", 'key_prefix "rollpin/desired/shop/" { policy = "read" }'],
  ["list", "rollpin/instances/shop/", 'key_prefix "rollpin/instances/shop/" { policy = "read" }'],
  ["transaction", "rollpin/desired/shop/head", 'key "rollpin/desired/shop/head" { policy = "write" }'],
  ["transaction", "rollpin/a and 2 more", undefined],
  ["transaction", undefined, undefined],
  ["session create", "rollpin shop-1", 'session { policy = "write" } for the node'],
  ["service register", "shop-1", 'service { policy = "write" } for the service'],
  ["service read", "shop-1", 'service { policy = "read" } for the service'],
  ["read", "/v1/agent/self", undefined],
])("%s of %s lacks %s", (operation, key, expected) => {
  expect(missingRight(operation, key)).toBe(expected);
});

it("says nothing of rules where Consul doesn't know the token", () => {
  expect(describeStoreFault({ kind: "denied", operation: "get", key: "rollpin/meta/history", cause: "HTTP 403: ACL not found" })).toBe("Consul denies get rollpin/meta/history: HTTP 403: ACL not found");
});
