import { describe, expect, it } from "vitest";
import { parseTreePath, partPath, releasePath, treeHeadPath, verdictPath } from "../../../core/model/tree.ts";

describe("parseTreePath", () => {
  it("reads every path that is written", () => {
    expect(parseTreePath(partPath("checkout", "pin"))).toEqual({ ok: true, value: { kind: "part", service: "checkout", part: "pin" } });
    expect(parseTreePath(partPath("checkout", "pin.canary"))).toEqual({ ok: true, value: { kind: "part", service: "checkout", part: "pin.canary" } });
    expect(parseTreePath(treeHeadPath("checkout"))).toEqual({ ok: true, value: { kind: "head", service: "checkout" } });
    expect(parseTreePath(releasePath("checkout", "1.0.0+a"))).toEqual({ ok: true, value: { kind: "release", service: "checkout", version: "1.0.0+a" } });
    expect(parseTreePath(verdictPath("checkout", "1.json"))).toEqual({ ok: true, value: { kind: "verdict", service: "checkout", version: "1.json" } });
  });

  it.each(["README.md", "rollpin.json", "service/checkout/pin", ""])("has nothing to say of %j", (path) => expect(parseTreePath(path)).toBeUndefined());

  it.each([
    "services/", "services/checkout", "services/Checkout/pin", "services/../pin", "services/checkout/pins", "services/checkout/pin.stable", "services/checkout/pin.Canary", "services/checkout/config.yaml",
    "services/checkout/releases/1.0.0", "services/checkout/releases/.json", "services/checkout/releases/a/1.json", "services/checkout/release/1.json", "services/checkout/verdicts/..json",
  ])("refuses %j", (path) => expect(parseTreePath(path)).toMatchObject({ ok: false }));
});
