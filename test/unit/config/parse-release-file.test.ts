import { describe, expect, it } from "vitest";
import { renderConfigError } from "../../../core/config/config-error.ts";
import { parseReleaseFile } from "../../../core/config/parse-release-file.ts";

describe("parseReleaseFile", () => {
  it.each([
    ["YAML", 'version: "1.2"\nrequires: {payments: "^2.1"}\nschema: {reads: ">=6 <9", writes: 8, reversible: {8: false}}'],
    ["JSON", '{"version":"1.2","requires":{"payments":"^2.1"},"schema":{"reads":">=6 <9","writes":8,"reversible":{"8":false}}}'],
  ])("reads %s", (_, text) => {
    expect(parseReleaseFile(text, "release")).toEqual({ ok: true, value: { version: "1.2", requires: { payments: "^2.1" }, schema: { reads: ">=6 <9", writes: 8, reversible: { "8": false } } } });
  });

  it("says everything that is wrong at once", () => {
    const parsed = parseReleaseFile('version: 1.20\nrequires: {payments: "2.x.y", A_b: "1"}\nschema: {reads: 6, writes: -1, reversible: {eight: false, 8: "no"}}\nartefact: x', "release.yaml");
    expect(parsed.ok ? [] : parsed.fault.map(renderConfigError)).toEqual([
      'release.yaml:1:10: version: needs text, not 1.2: put it in quotes, "1.20"',
      'release.yaml:2:22: requires.payments: "2.x.y" is not a semver range: write one such as "^2.1" or ">=6 <9"',
      "release.yaml:2:31: requires.A_b: is not a service name",
      'release.yaml:3:17: schema.reads: needs text, not 6: put it in quotes, "6"',
      "release.yaml:3:28: schema.writes: -1 is too small: at least 0",
      "release.yaml:3:45: schema.reversible.eight: is not a migration step: a whole number, the schema that it leads up to",
      'release.yaml:3:62: schema.reversible["8"]: needs true or false, not "no"',
      'release.yaml:4:1: artefact: is not a known key; did you mean "artifact"?',
    ]);
  });

  it.each(["../../x", "", "two words", "a\u0000b", "x".repeat(129)])("refuses the version %j", (version) => {
    expect(parseReleaseFile(JSON.stringify({ version }), "release.json").ok).toBe(false);
  });
});
