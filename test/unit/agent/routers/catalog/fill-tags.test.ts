import { expect, it } from "vitest";
import { fillTags } from "../../../../../agent/routers/catalog/fill-tags.ts";

it("fills a share in as a decimal number that any reader takes", () => {
  const fill = (share: number, weight: number) => fillTags(["urlprefix-/ weight={{share}}", "w={{weight}} {{version}} {{track}} {{other}}"], { share, weight, isKeptBack: false }, { version: "1.4.2", track: "stable" });
  expect(fill(1 / 3, 65_535)).toEqual(["urlprefix-/ weight=0.333333", "w=65535 1.4.2 stable {{other}}"]);
  expect(fill(0, 1)[0]).toBe("urlprefix-/ weight=0");
});
