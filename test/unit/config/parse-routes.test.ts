import { readFile } from "node:fs/promises";
import { describe, expect, it, test } from "vitest";
import * as z from "zod/mini";
import { renderConfigError } from "../../../core/config/config-error.ts";
import { parseRoutes } from "../../../core/config/parse-routes.ts";
import { routesSchema } from "../../../core/config/routes-schema.ts";

function problems(text: string): readonly string[] {
  const parsed = parseRoutes(text, "routes");
  return parsed.ok ? [] : parsed.fault.map(renderConfigError);
}

function valueOf(text: string) {
  const parsed = parseRoutes(text, "routes");
  if (!parsed.ok) throw new Error(problems(text).join("\n"));
  return parsed.value;
}

const FULL = `
split: {2.0.0: 5, "^1.4": 5, "track:green": 10, pin: 80}
sticky: {cookie: session}
rules:
  - match: {method: [GET, HEAD], path: /api, caller: frontend, header: {X-Beta: "on", x-old: {present: false}}, cookie: {group: {prefix: b}}}
    split: {1.10: 1}
failover: {to: checkout-backup, when: {passingBelow: 50%}}
none: fail
enough: 50%
`;

describe("a routing document", () => {
  it("is read whole", () => {
    expect(valueOf(FULL)).toEqual({
      split: [
        { target: { kind: "range", range: "^1.4", text: "^1.4" }, weight: 5 },
        { target: { kind: "version", version: "2.0.0", text: "2.0.0" }, weight: 5 },
        { target: { kind: "track", track: "green", text: "track:green" }, weight: 10 },
        { target: { kind: "pin", text: "pin" }, weight: 80 },
      ],
      sticky: { from: "cookie", name: "session" },
      rules: [
        {
          conditions: [
            { kind: "method", methods: ["GET", "HEAD"] },
            { kind: "path", prefix: "/api" },
            { kind: "caller", services: ["frontend"] },
            { kind: "header", name: "x-beta", value: { kind: "exact", text: "on" } },
            { kind: "header", name: "x-old", value: { kind: "present", present: false } },
            { kind: "cookie", name: "group", value: { kind: "prefix", text: "b" } },
          ],
          split: [{ target: { kind: "version", version: "1.10", text: "1.10" }, weight: 1 }],
        },
      ],
      failover: { to: { kind: "service", service: "checkout-backup" }, passingBelow: 0.5, active: false },
      none: "fail",
      enough: 0.5,
    });
  });

  it("is the same in JSON, and with tabs", () => {
    expect(valueOf('{\n\t"split": {"2.0.0": 25, "pin": 75},\n\t"sticky": {"header": "X-User"}\n}')).toEqual(valueOf("split: {pin: 75, 2.0.0: 25}\nsticky: {header: x-user}\n"));
  });

  it("says everything that is wrong at once, each at its line and column", () => {
    const text = [
      "split: {2.0.0: -1, latest one: 5, pin: .nan, track:Green: 1}",
      "rules:",
      "  - match: {}",
      "    split: {pin: 0}",
      "  - match: {header: {x-a: 1, x b: a, X-A: b}, path: api, method: get}",
      "  - match: {cookie: {a: {prefx: b}}}",
      "    split: {}",
      "sticky: {cooky: a}",
      "failover: {to: Backup, when: {passingBelow: 50}, activ: true}",
      "none: stay",
      "splits: {}",
      "__proto__: {a: 1}",
    ].join("\n");
    expect(problems(text)).toEqual([
      'routes:1:16: split["2.0.0"]: a weight is 0 or more',
      'routes:1:20: split["latest one"]: "latest one" is no version, no semver range such as "^1.4", and neither "pin" nor "track:<name>"',
      "routes:1:40: split.pin: a weight is a number, such as 25",
      'routes:1:46: split["track:Green"]: "Green" is not a track: use 1 to 63 of a-z, 0-9 and "-", with no "-" at either end',
      "routes:3:5: rules[0].match: is empty: name a header, cookie, path, method or caller; what goes for all requests is the document's own split",
      "routes:4:5: rules[0].split: has only zeros: give one of them a weight",
      "routes:5:5: rules[1].split: is missing",
      'routes:5:27: rules[1].match.header.x-a: 1 is not valid here: write a block with "exact" or "prefix" or "present"',
      "routes:5:30: rules[1].match.header[\"x b\"]: a header's name is 1 to 128 of A-Z, a-z, 0-9, _ and -",
      "routes:5:38: rules[1].match.header.X-A: this header is here twice: its name is the same in capitals and in small letters",
      'routes:5:53: rules[1].match.path: a path begins with "/" and has no white space, quotes, "?", "#" or "<>"; what is encoded stays encoded',
      "routes:5:66: rules[1].match.method: a method is in capitals, such as GET",
      'routes:6:26: rules[2].match.cookie.a.prefx: is not a known key; did you mean "prefix"?',
      'routes:7:5: rules[2].split: is empty: name a version, "pin" or "track:<name>", or leave the split out',
      'routes:8:10: sticky.cooky: is not a known key; did you mean "cookie"?',
      "routes:9:16: failover.to: goes to another service by name, or to track:<name>",
      'routes:9:45: failover.when.passingBelow: a share is a percentage in text, such as "50%"',
      'routes:9:50: failover.activ: is not a known key; did you mean "active"?',
      'routes:10:7: none: "stay" is not known: write one of hold, fail',
      'routes:11:1: splits: is not a known key; did you mean "split"?',
      "routes:12:1: __proto__: is not a known key; known here: split, rules, sticky, failover, none, enough",
    ]);
  });

  const rule = "  - {match: {path: /}, split: {pin: 1}}\n";
  it.each([
    ["nothing", "", "routes:1:1: it is empty"],
    ["a list", "[]", "routes:1:1: needs a block of keys, not a list"],
    ["a text", "pin", 'routes:1:1: needs a block of keys, not "pin"'],
    ["all zero", "split: {a: 0, b: 0}", "routes:1:1: split: has only zeros: give one of them a weight"],
    ["an infinite weight", "split: {a: .inf}", "routes:1:12: split.a: a weight is a number, such as 25"],
    ["one that overflows", '{"split": {"a": 1e999}}', 'routes:1:17: split.a: a weight is a number, such as 25'],
    ["a hidden key", '{"split": {"a": 1, "__proto__": 1}}', "routes:1:20: split.__proto__: \"__proto__\" is no version, no semver range such as \"^1.4\", and neither \"pin\" nor \"track:<name>\""],
    ["a hidden key of a rule", 'rules: [{match: {header: {__proto__: a}}, split: {a: 1}}]', "routes:1:27: rules[0].match.header.__proto__: can't be matched by that name"],
    ["a version twice", "split: {a: 1, a: 2}", "routes:1:15: this key is here twice; keep one of them"],
    ["quotes in a value", `rules: [{match: {header: {x: 'a"b'}}, split: {a: 1}}]`, "routes:1:30: rules[0].match.header.x: a value is 1 to 256 visible ASCII characters, with spaces inside only, and no quotes or backslashes"],
    ["odd Unicode", "split: {\u202e2.0.0: 1}", 'routes:1:9: split["\u202e2.0.0"]: "\u202e2.0.0" is no version, no semver range such as "^1.4", and neither "pin" nor "track:<name>"'],
    ["too many rules", `rules:\n${rule.repeat(101)}`, "routes:1:1: rules: at most 100 rules"],
    ["too many versions", `split: {${Array.from({ length: 33 }, (_, at) => `v${at}: 1`).join(", ")}}`, "routes:1:1: split: names 33 versions: at most 32"],
    ["too large", `# ${"x".repeat(65_536)}\n`, "routes:1:1: it is 65539 bytes long; the limit is 65536"],
    ["enough at 0%", "enough: 0%", "routes:1:9: enough: is always so at 0%: write more, or leave it out"],
    ["enough as a number", "enough: 50", 'routes:1:9: enough: a share is a percentage in text, such as "50%"'],
    ["0%", "failover: {to: a, when: {passingBelow: 0.0%}}", 'routes:1:40: failover.when.passingBelow: never comes true at 0%: write more, or leave out "when" for a failover by command only'],
    ["two documents", "split: {a: 1}\n---\nsplit: {a: 1}\n", 'routes:2:1: it holds more than one YAML document; keep one, without "---" in between'],
    ["a billion laughs", `a: &a [x]\n${Array.from({ length: 9 }, (_, at) => `${"abcdefghij"[at + 1]}: &${"abcdefghij"[at + 1]} [${`*${"abcdefghij"[at]},`.repeat(9)}]`).join("\n")}`, "routes:1:1: its anchors can't be expanded: Excessive alias count indicates a resource exhaustion attack"],
  ])("refuses %s", (_, text, says) => {
    expect(problems(text)).toEqual([says]);
  });

  it.each([10, 400, 2_000, 8_000])("is refused where it is nested %d deep", (depth) => {
    for (const [open, close] of [["[", "]"], ["{a: ", "}"], ["- ", ""]] as const) {
      expect(problems(open.repeat(depth)).length).toBeGreaterThan(0);
      expect(problems(`${open.repeat(depth)}1${close.repeat(depth)}`).length).toBeGreaterThan(0);
      expect(problems(`split: ${open.repeat(depth)}1${close.repeat(depth)}`).length).toBeGreaterThan(0);
    }
  });
});

test("the page's example is one", async () => {
  const page = await readFile(new URL("../../../docs/reference/routes.md", import.meta.url), "utf8");
  const [, example = ""] = /```yaml routes\n([^`]*)```/.exec(page) ?? [];
  expect(valueOf(example)).toMatchObject({ sticky: { name: "session" }, rules: [{}, {}], failover: { passingBelow: 0.5 } });
});

test("the published schema is the one that is used", async () => {
  const schema = z.toJSONSchema(routesSchema, { io: "input", target: "draft-7" });
  const named = { title: "rollpin routes", description: "How a service's traffic is split over versions: desired/<service>/routes. docs/reference/routes.md says what it means.", ...schema };
  await expect(`${JSON.stringify(named, undefined, 2)}\n`).toMatchFileSnapshot("../../../docs/reference/routes.schema.json");
});
