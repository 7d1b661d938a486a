import { describe, expect, it } from "vitest";
import { parseTagPattern, readCatalogVersion } from "../../../core/decide/catalog-version.ts";

const tells = { tags: ["http", "v1.4.2", "version=1.4.2", "v"], meta: { version: " 1.4.2 ", constructor: "1.0.0" } };

describe("readCatalogVersion", () => {
  it.each([
    ["Meta, white space around it trimmed", { meta: "version" }, "1.4.2"],
    ["a prefix", { tag: "v{{version}}" }, "1.4.2"],
    ["a key and a value", { tag: "version={{version}}" }, "1.4.2"],
  ])("%s", (_, source, version) => {
    expect(readCatalogVersion(tells, source)).toEqual({ ok: true, value: version });
  });

  it.each([
    ["no such key", tells, { meta: "build" }],
    ["a key that every object has", { tags: [], meta: {} }, { meta: "constructor" }],
    ["a value that is no version", { tags: [], meta: { version: "../../etc" } }, { meta: "version" }],
    ["no such tag", tells, { tag: "release-{{version}}" }],
    ["two tags that differ", { tags: ["v1.4.2", "v1.5.0"], meta: {} }, { tag: "v{{version}}" }],
  ])("can't tell: %s", (_, registration, source) => {
    expect(readCatalogVersion(registration, source).ok).toBe(false);
  });
});

it.each([["v{{version}}", true], ["{{version}}-blue", true], ["{{version}}", false], ["version", false], ["{{version}}{{version}}", false]])("parseTagPattern %s: %s", (text, good) => {
  expect(parseTagPattern(text).ok).toBe(good);
});
