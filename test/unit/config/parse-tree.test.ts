import { describe, expect, it } from "vitest";
import { renderConfigError } from "../../../core/config/config-error.ts";
import { type TreeFile, parseTree } from "../../../core/config/parse-tree.ts";
import { MARKER, MARKER_TEXT } from "../../../core/model/tree.ts";

const file = (path: string, content: string | Uint8Array | undefined): TreeFile => ({ path, bytes: typeof content === "string" ? Buffer.from(content) : content });
const tree = (files: Readonly<Record<string, string | Uint8Array | undefined>>) => parseTree([file(MARKER, MARKER_TEXT), ...Object.entries(files).map(([path, content]) => file(path, content))]);

const HEAD = { revision: 3, digest: "d", plan: "checkout.3-abcdef", kind: "pin", at: "2026-03-01T03:12:45.120Z", by: "ana" };
const VERDICT = { verdict: "condemned", by: "ana", at: "2026-03-01T03:12:45.120Z" };

describe("parseTree", () => {
  it("reads what an export writes, and leaves alone what lies beside", () => {
    const read = tree({
      "README.md": "ours",
      "services/checkout/pin": "1.0.0\n",
      "services/checkout/pin.canary": "none\n",
      "services/checkout/config": "\uFEFFa\r\n",
      "services/checkout/routes": "split: {pin: 100}\n",
      "services/checkout/pace": "25%\n",
      "services/checkout/head.json": JSON.stringify(HEAD),
      "services/checkout/releases/1.0.0.json": JSON.stringify({ version: "1.0.0", requires: { payments: "^1" } }),
      "services/checkout/verdicts/0.9.0.json": JSON.stringify(VERDICT),
      "services/payments/pin": " 2.0.0 \r\n",
    });
    expect(read.ok && [...read.value.keys()]).toEqual(["checkout", "payments"]);
    expect(read.ok && read.value.get("checkout")).toEqual({
      service: "checkout",
      state: { pins: { stable: "1.0.0", canary: "none" }, config: "\uFEFFa\r\n", routes: "split: {pin: 100}\n", pace: "25%" },
      head: HEAD,
      releases: new Map([["1.0.0", { version: "1.0.0", requires: { payments: "^1" } }]]),
      verdicts: new Map([["0.9.0", VERDICT]]),
    });
    expect(read.ok && read.value.get("payments")?.state).toEqual({ pins: { stable: "2.0.0" } });
  });

  it("says all that is wrong at once, each with its place", () => {
    const read = tree({
      "services/Checkout/pin": "1",
      "services/checkout/pins": "1",
      "services/checkout/pin": "two words",
      "services/checkout/pin.canary": "1.0.0 !override",
      "services/checkout/config": new Uint8Array([0xff]),
      "services/checkout/routes": "split: {pin: 100}\nrulez: []\n",
      "services/checkout/pace": "0",
      "services/checkout/head.json": "{}",
      "services/checkout/releases/1.0.0.json": '{\n  "version": "1.0.1"\n}',
      "services/checkout/releases/1.1.0.json": '{\n  "version": "1.1.0",\n  "artefact": "x"\n}',
      "services/checkout/verdicts/1.0.0.json": "{",
      "services/link/config": undefined,
      "services/large/config": new Uint8Array(600_000),
    });
    const said = read.ok ? [] : read.fault.map(renderConfigError);
    for (const start of ["services/Checkout/pin:1:1: \"Checkout\" is not a service name", "services/checkout/pins:1:1: nothing is called \"pins\"", "services/checkout/pin:1:1: \"two words\" is more than one word", "services/checkout/pin.canary:1:1: \"!override\" can't stand in a file", "services/checkout/config:1:1: it is no UTF-8 text", "services/checkout/routes:2:1: rulez: is not a known key", "services/checkout/pace:1:1: a pace is", "services/checkout/head.json:1:1: revision: is missing", "services/checkout/releases/1.0.0.json:1:1: it is about version 1.0.1", "services/checkout/releases/1.1.0.json:3:3: artefact: is not a known key", "services/checkout/verdicts/1.0.0.json:1", "services/link/config:1:1: it is no plain file", "services/large/config:1:1: it is 600000 bytes long"]) {
      expect(said.some((line) => line.startsWith(start)), start).toBe(true);
    }
  });

  it("takes no folder without the mark of an export", () => {
    expect(parseTree([file("services/checkout/pin", "1.0.0")])).toMatchObject({ ok: false, fault: [{ file: MARKER, message: expect.stringContaining("is missing") as string }] });
    expect(parseTree([file(MARKER, "{}")])).toMatchObject({ ok: false });
  });
});
