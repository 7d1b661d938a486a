import { describe, expect, it } from "vitest";
import { parseKeptRevisions } from "../../../core/model/kept-revisions.ts";

describe("how many revisions are kept", () => {
  it.each([["10", 10], [" 500\n", 500], ["10000", 10_000]])("%j", (text, kept) => {
    expect(parseKeptRevisions(text)).toEqual({ ok: true, value: kept });
  });

  it.each(["", "9", "0", "-20", "10001", "1e3", "20.5", "many", '{"keep": 20}', "9".repeat(600_000)])("%.20j is refused in a sentence", (text) => {
    expect(parseKeptRevisions(text)).toEqual({ ok: false, fault: expect.stringContaining("from 10 to 10000") as string });
  });
});
