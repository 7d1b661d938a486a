import { expect, test } from "vitest";
import { readDesiredEntries } from "../../../core/decide/desired-keys.ts";

const head = JSON.stringify({ revision: 3, digest: "d", at: "2026-03-01T00:00:00.000Z", by: "alice" });
const entry = (key: string, value: string | Uint8Array = "x") => ({ key, value: Buffer.from(value), createIndex: 1, modifyIndex: 7 });

test("sorts keys into head, parts and strangers", () => {
  const read = readDesiredEntries("checkout", [
    entry("desired/checkout/"),
    entry("desired/checkout/config", "\uFEFFa: 1"),
    entry("desired/checkout/head", head),
    entry("desired/checkout/pin", Uint8Array.from([0xc3, 0x28])),
    entry("desired/checkout/pin.canary", "1"),
    entry("desired/checkout/pin.stable", "1"),
    entry("desired/checkout/pin.", "1"),
    entry("desired/checkout/pin.A_B", "1"),
    entry("desired/checkout/config/deeper"),
    entry("desired/checkout-2/pin", "1"),
  ]);
  expect(read.head).toMatchObject({ ok: true, value: { modifyIndex: 7, value: { revision: 3 } } });
  expect(read.keys.map(({ part, text, bytes }) => [part, text, bytes])).toEqual([
    ["config", "\uFEFFa: 1", 7],
    ["pin", undefined, 2],
    ["pin.canary", "1", 1],
  ]);
  expect(read.strangers).toEqual(["desired/checkout/pin.stable", "desired/checkout/pin.", "desired/checkout/pin.A_B", "desired/checkout/config/deeper", "desired/checkout-2/pin"]);
});

test("no head is not a bad head", () => {
  expect(readDesiredEntries("checkout", []).head).toBeUndefined();
  expect(readDesiredEntries("checkout", [entry("desired/checkout/head", "{}")]).head).toMatchObject({ ok: false, fault: { key: "desired/checkout/head" } });
});
