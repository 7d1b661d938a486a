import { expect, test } from "vitest";
import { parseDatacentreList } from "../../../../cli/datacentres/parse-list.ts";

test.each([
  ["east", ["east"]],
  ["east,west", ["east", "west"]],
  ["west, east", ["west", "east"]],
])("%s", (text, names) => {
  expect(parseDatacentreList(text)).toEqual({ ok: true, value: names });
});

test.each([
  ["east,", 'datacentre 2 of "east," is empty'],
  [",east", 'datacentre 1 of ",east" is empty'],
  ["east,west,east", 'datacentre 3 of "east,west,east", "east", is named twice'],
  ["east,we st", 'datacentre 2 of "east,we st": "we st" is no datacentre'],
])("%s is refused with the place", (text, said) => {
  const parsed = parseDatacentreList(text);
  expect(parsed.ok ? "" : parsed.fault).toContain(said);
});
