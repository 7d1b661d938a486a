import { expect, test } from "vitest";
import { parseDemoArguments } from "../../../examples/demo/arguments.ts";

test("without arguments: three seconds an act, 200 requests a second, the built-in router", () =>
  expect(parseDemoArguments([])).toEqual({ ok: true, value: { scenario: "rollback", seconds: 3, rate: 200, router: "proxy", rollpin: undefined, help: false } }));

test("the group asks less of a small machine", () => expect(parseDemoArguments(["--scenario", "group"])).toMatchObject({ ok: true, value: { scenario: "group", rate: 20 } }));

test("the chain has a rate of its own, and no router to choose", () => {
  expect(parseDemoArguments(["--scenario", "chain"])).toMatchObject({ ok: true, value: { scenario: "chain", rate: 60 } });
  expect(parseDemoArguments(["--scenario", "chain", "--router", "haproxy"])).toEqual({ ok: false, fault: expect.stringContaining("chain has none to choose") as string });
});

test("the group has no router to choose", () => expect(parseDemoArguments(["--scenario", "group", "--router", "proxy"])).toEqual({ ok: false, fault: expect.stringContaining("--router is for the scenario rollback") as string }));

test.each([["--seconds", "0"], ["--scenario", "x"], ["--seconds", "x"], ["--rate", "1e9"], ["--rate", ""], ["--router", "nginx"], ["--fast"], ["word"]])("refuses %s %s", (...argv) => expect(parseDemoArguments(argv.filter((word) => word !== undefined)).ok).toBe(false));
