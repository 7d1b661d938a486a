import { expect, it } from "vitest";
import { operationOf } from "../../../../core/decide/audit/operation-of.ts";
import { traceOf } from "../../../../core/decide/audit/trace-of.ts";

it.each([
  ["/", "GET /"],
  ["/orders", "GET /orders"],
  ["/api/v1/oauth2/token", "GET /api/v1/oauth2/token"],
  ["/static/index.html", "GET /static/index.html"],
  ["/line-items/4711/pay", "GET /line-items/*/pay"],
  ["/orders/3f2504e0-4f89-11d3-9a0c-0305e82c3301/", "GET /orders/*/"],
  ["/users/jo@shop.example", "GET /users/*"],
  ["/users/j%20o", "GET /users/*"],
  ["/user42", "GET /*"],
  [`/${"a".repeat(49)}`, "GET /*"],
  [`/${Array.from({ length: 20 }, () => "a").join("/")}`, `GET /${Array.from({ length: 11 }, () => "a").join("/")}/**`],
])("%s without patterns: words stay, and what names somebody or something goes", (path, operation) => {
  expect(operationOf("GET", path, undefined)).toBe(operation);
});

const PATTERNS = [["orders", "*", "items"], ["orders", "new"], ["static", "**"]];
it.each([
  ["/orders/4711/items", "POST /orders/*/items"],
  ["/orders/new", "POST /orders/new"],
  ["/orders/4711", "POST (other)"],
  ["/static/a/b/c", "POST /static/**"],
  ["/static", "POST /static/**"],
  ["/users/jo", "POST (other)"],
])("%s by patterns", (path, operation) => {
  expect(operationOf("POST", path, PATTERNS)).toBe(operation);
});

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
it.each([
  [`00-${TRACE}-00f067aa0ba902b7-01`, undefined, TRACE],
  [`cc-${TRACE}-00f067aa0ba902b7-01-more`, undefined, TRACE],
  [`00-${"0".repeat(32)}-00f067aa0ba902b7-01`, undefined, undefined],
  ["00-xyz", "r-7", "r-7"],
  [undefined, "r-7", "r-7"],
  [undefined, "", undefined],
  [undefined, "r".repeat(65), undefined],
])("the trace of %s, else %s", (traceparent, other, trace) => {
  expect(traceOf(traceparent, other)).toBe(trace);
});
