import { describe, expect, test } from "vitest";
import { parseWrittenRoutes } from "../../../core/config/parse-routes.ts";
import type { WrittenRoutes } from "../../../core/config/routes-schema.ts";
import { writeRoutes } from "../../../core/config/write-routes.ts";
import { failBack, failOver, shiftBack, shiftTo, writePinFor } from "../../../core/decide/routing/edit-routes.ts";

type Edit = (routes: WrittenRoutes) => WrittenRoutes;
const to = (name: string, percentage: number): Edit => (routes) => {
  const shifted = shiftTo(routes, name, percentage);
  if (!shifted.ok) throw new Error(shifted.fault);
  return shifted.value;
};
const pinFor = (...versions: readonly string[]): Edit => (routes) => writePinFor(routes, new Set(versions));
const over = (target?: string): Edit => (routes) => failOver(routes, target) ?? routes;

function edited(text: string | undefined, edit: Edit): string | undefined {
  const read = text === undefined ? undefined : parseWrittenRoutes(text, "routes");
  if (read?.ok === false) throw new Error(JSON.stringify(read.fault));
  const after = writeRoutes(text, edit(read?.value ?? {}));
  if (after !== undefined) expect(parseWrittenRoutes(after, "routes").ok, after).toBe(true);
  return after;
}

describe("what is edited in a document leaves the rest as it is written", () => {
  test.each<[string, string | undefined, Edit, string | undefined]>([
    ["a shift from nothing", undefined, to("2.0.0", 25), "split: {2.0.0: 25, pin: 75}\n"],
    ["a shift of what is there", "# canary\nsplit: {2.0.0: 25, pin: 75} # of users\nsticky: {cookie: session}\n", to("2.0.0", 50), "# canary\nsplit: {2.0.0: 50, pin: 50} # of users\nsticky: {cookie: session}\n"],
    ["weights become percentages", "split: {2.0.0: 1, 3.0.0: 1, pin: 2}\n", to("3.0.0", 10), "split: {2.0.0: 25, 3.0.0: 10, pin: 65}\n"],
    ["all of it: the pin keeps its place", "split:\n  pin: 1\n", to("2.0.0", 100), "split:\n  pin: 0\n  2.0.0: 100\n"],
    ["a track", undefined, to("track:green", 100), "split: {track:green: 100, pin: 0}\n"],
    ["a range, and zeros that stay", "split: {1.10: 1, pin: 9}\n", to("^1.4", 5), 'split: {"1.10": 10, pin: 85, ^1.4: 5}\n'],
    ["JSON in one line", '{"split":{"pin":1},"none":"fail"}', to("2.0.0", 5), '{"split":{"2.0.0":5,"pin":95},"none":"fail"}\n'],
    ["JSON in lines", '{\n  "none": "hold"\n}\n', to("2.0.0", 5), '{\n  "none": "hold",\n  "split": {\n    "2.0.0": 5,\n    "pin": 95\n  }\n}\n'],
    ["back", "split: {2.0.0: 25, pin: 75}\nsticky: {cookie: session} # ours\n", shiftBack, "sticky: {cookie: session} # ours\n"],
    ["back, where nothing else is said", "split: {2.0.0: 25, pin: 75}\n", shiftBack, undefined],
    ["a version that is left, in splits and rules", "split: {1.0.0: 10, 2.0.0: 20, pin: 70}\nrules:\n  # beta\n  - match: {header: {x: a}}\n    split: {2.0.0: 1}\n", pinFor("2.0.0"), "split: {1.0.0: 10, pin: 90}\nrules:\n  # beta\n  - match: {header: {x: a}}\n    split: {pin: 1}\n"],
    ["one that isn't named", "split: {1.0.0: 1} # a\n", pinFor("2.0.0"), "split: {1.0.0: 1} # a\n"],
    ["anchors", "split: &s {2.0.0: 1, 1.0.0: 1}\nrules: [{match: {path: /}, split: *s}]\n", pinFor("2.0.0"), "split: {1.0.0: 1, pin: 1}\nrules:\n  - match:\n      path: /\n    split:\n      1.0.0: 1\n      pin: 1\n"],
    ["failover, to be said", undefined, over("checkout-backup"), "failover: {to: checkout-backup, active: true}\n"],
    ["failover, as it stands there", "failover:\n  to: track:backup # cold\n  when: {passingBelow: 50%}\n", over(), "failover:\n  to: track:backup # cold\n  when: {passingBelow: 50%}\n  active: true\n"],
    ["and back", "failover: {to: a, active: true}\nnone: fail\n", failBack, "failover: {to: a}\nnone: fail\n"],
  ])("%s", (_, text, edit, after) => {
    expect(edited(text, edit)).toBe(after);
  });

  test("more than there is can't be shifted", () => {
    expect(shiftTo({ split: { "2.0.0": 40, "3.0.0": 30, pin: 30 } }, "4.0.0", 31)).toEqual({ ok: false, fault: '4.0.0 can have 30% at most: 2.0.0 has 40%, 3.0.0 has 30%, and only the pin\'s share is shifted; "rollpin route shift <service> --back" gives all to the pin' });
  });
});
