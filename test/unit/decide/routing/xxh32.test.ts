import { expect, test } from "vitest";
import { readCookie } from "../../../../core/decide/routing/read-cookie.ts";
import { xxh32 } from "../../../../core/decide/routing/xxh32.ts";

// xxHash's own test values, and such as HAProxy 2.6 gives for `str(...),xxh32(0)`.
test.each([
  ["", 0x02cc5d05],
  ["a", 0x550d7456],
  ["abc", 0x32d153ff],
  ["Nobody inspects the spammish repetition", 0xe2293b2f],
])("xxh32(%j)", (text, hash) => {
  expect(xxh32(text)).toBe(hash);
});

test.each([
  ["a=1; b=2", "b", "2"],
  ["a=1;b=2;a=3", "a", "3"],
  ["  a = 1 ;b=2", "a", "1"],
  ["a=1, b=2", "b", "2"],
  ['a="x;y, b=3"; c=4', "a", '"x;y, b=3"'],
  ['a="x;y, b=3"; c=4', "b", undefined],
  ['a="x\\";b=1"', "b", undefined],
  ["ab=1", "a", undefined],
  ["xa=1", "a", undefined],
  ["a", "a", undefined],
  ["a; a=", "a", ""],
  ["a=b=c", "a", "b=c"],
  ["", "a", undefined],
  [";;=;", "a", undefined],
])("the cookie line %j, %s", (line, name, value) => {
  expect(readCookie(line, name)).toBe(value);
});
