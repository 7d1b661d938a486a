import { expect, it } from "vitest";
import { wrapLines } from "../../../cli/output/table.ts";

it("keeps lines apart, indents what follows the first, and makes control characters visible", () => {
  const text = "  checkout-9: stalled: exited with code 7; its last lines:\n\u001b[31mno settings\u001b[0m\n(try 1 of 1; no more follow)";
  expect(wrapLines(text, 40, "    ")).toBe(
    ["  checkout-9: stalled: exited with code", "    7; its last lines:", "    \\u001b[31mno settings\\u001b[0m", "    (try 1 of 1; no more follow)"].join("\n"),
  );
});
