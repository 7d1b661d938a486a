import * as fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { rulePattern, stickyPattern } from "../../../../agent/routers/rule-pattern.ts";
import { compileMatch } from "../../../../core/decide/routing/compile-match.ts";
import { readCookie } from "../../../../core/decide/routing/read-cookie.ts";
import type { RoutedRequest } from "../../../../core/decide/routing/routed-request.ts";
import type { Condition, ValueMatch } from "../../../../core/model/routes.ts";

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly lines: readonly (readonly [string, string])[];
}

/** As HAProxy puts it together of its log format. */
function subjectOf({ lines, method, path }: Sent): string {
  return `${method} ${path}\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}

function requestOf({ lines, method, path }: Sent): RoutedRequest {
  return {
    method,
    path,
    caller: "shop",
    header: (name) => lines.findLast(([found]) => found === name)?.[1],
    cookie: (name) => lines.flatMap(([found, line]) => (found === "cookie" ? (readCookie(line, name) ?? []) : [])).at(-1),
  };
}

/** Few characters, so that what is looked for comes up often; those that mean something to patterns, cookies and lines among them. */
const text = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "(", ";", ",", "=", ":", " ", '"', "\\", "$"), maxLength: 8 }).map((found) => found.trim());
const value = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "(", ";", ",", "=", ":", "$"), minLength: 1, maxLength: 3 });
const name = fc.constantFrom("x-a", "x-b", "x");
const cookie = fc.constantFrom("a", "b", "a.b");
const line = fc.oneof(
  fc.tuple(name, text),
  fc.tuple(fc.constant("cookie"), fc.oneof(text, fc.array(fc.tuple(cookie, text), { maxLength: 3 }).map((all) => all.map(([key, found]) => `${key}=${found}`).join("; ")))),
);
const sent: fc.Arbitrary<Sent> = fc.record({ method: fc.constantFrom("GET", "POST"), path: fc.constantFrom("/", "/a", "/a.b/", "/a*"), lines: fc.array(line, { maxLength: 5 }) });
const match: fc.Arbitrary<ValueMatch> = fc.oneof(
  value.map((found) => ({ kind: "exact", text: found }) as const),
  value.map((found) => ({ kind: "prefix", text: found }) as const),
  fc.boolean().map((present) => ({ kind: "present", present }) as const),
);
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ kind: fc.constant("header" as const), name, value: match }),
  fc.record({ kind: fc.constant("cookie" as const), name: cookie, value: match }),
);
const conditions = fc
  .tuple(fc.option(fc.constantFrom("/", "/a", "/a."), { nil: undefined }), fc.option(fc.constantFrom(["GET"], ["GET", "POST"], ["PUT"]), { nil: undefined }), fc.array(condition, { maxLength: 3 }))
  .map(([prefix, methods, more]): readonly Condition[] => [...(prefix === undefined ? [] : [{ kind: "path", prefix } as const]), ...(methods === undefined ? [] : [{ kind: "method", methods } as const]), ...more]);

describe("a rule as a pattern", () => {
  it("matches what the rule matches, whatever is sent", () => {
    fc.assert(
      fc.property(conditions, sent, (rule, request) => {
        const pattern = rulePattern(rule, "shop");
        expect(pattern !== undefined && new RegExp(pattern).test(subjectOf(request))).toBe(compileMatch(rule)(requestOf(request)));
      }),
      { numRuns: 3_000 },
    );
  });

  it("is one word, with nothing of the document in it that HAProxy would read otherwise", () => {
    const all: readonly Condition[] = [{ kind: "path", prefix: "/%0a;[x]~" }, { kind: "method", methods: ["GET", "M-SEARCH"] }, { kind: "header", name: "x-a", value: { kind: "exact", text: "a b#c;d<<$(e)" } }];
    expect(rulePattern(all, "shop")).toMatch(/^[A-Za-z0-9\\^$*()|?:=![\]]+$/);
  });

  test("of another caller, it is none", () => {
    expect(rulePattern([{ kind: "caller", services: ["mobile"] }], "shop")).toBeUndefined();
    expect(rulePattern([{ kind: "caller", services: ["mobile", "shop"] }], "shop")).toBeDefined();
  });
});

describe("what sticks, as a pattern", () => {
  const found = (pattern: string, request: Sent): string | undefined => new RegExp(pattern).exec(subjectOf(request))?.[1];

  it("finds the last cookie of a name as the built-in router does", () => {
    fc.assert(
      fc.property(cookie, sent, (key, request) => {
        expect(found(stickyPattern({ from: "cookie", name: key }), request)).toBe(requestOf(request).cookie(key));
      }),
      { numRuns: 3_000 },
    );
  });

  it("finds the last line of a header", () => {
    fc.assert(
      fc.property(name, sent, (key, request) => {
        expect(found(stickyPattern({ from: "header", name: key }), request)).toBe(requestOf(request).header(key));
      }),
      { numRuns: 1_000 },
    );
  });
});
