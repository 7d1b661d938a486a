import { expect, test } from "vitest";
import { parseDemoArguments } from "../../../examples/demo/arguments.ts";

test("without arguments: three seconds an act, 200 requests a second, the built-in router", () =>
  expect(parseDemoArguments([])).toEqual({ ok: true, value: { seconds: 3, rate: 200, router: "proxy", rollpin: undefined, help: false } }));

test.each([["--seconds", "0"], ["--seconds", "x"], ["--rate", "1e9"], ["--rate", ""], ["--router", "nginx"], ["--fast"], ["word"]])("refuses %s %s", (...argv) => expect(parseDemoArguments(argv.filter((word) => word !== undefined)).ok).toBe(false));
