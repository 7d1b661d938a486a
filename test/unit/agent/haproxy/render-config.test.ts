import { describe, expect, it } from "vitest";
import { markerOf, renderConfig } from "../../../../agent/haproxy/render-config.ts";
import { sectionsOf } from "../../../../agent/haproxy/sections.ts";
import { haproxySchema } from "../../../../core/config/router-settings.ts";

function rendered(limits: Readonly<Record<string, string>>): { readonly lines: readonly string[]; readonly marker: string } {
  const settings = haproxySchema.parse({ kind: "haproxy", upstream: "checkout", listen: "127.0.0.1:80", socket: "s", folder: ".", ...limits });
  const sections = sectionsOf(settings, "/etc/haproxy/rollpin");
  return { lines: renderConfig(settings, sections, new Map()).split("\n"), marker: markerOf(settings, sections) };
}

describe("rollpin's part of HAProxy's configuration", () => {
  it.each([
    ["60s", "15s", "  retries 3"],
    ["60s", "1s", "  retries 3"],
    ["60s", "25s", "  retries 1"],
  ])("has all tries fit into responseTimeout: %s by %s", (responseTimeout, tryTimeout, retries) => {
    const { lines } = rendered({ responseTimeout, tryTimeout });
    expect(lines).toContain(retries);
    expect(lines).toContain("  retry-on conn-failure empty-response response-timeout");
    expect(lines.filter((line) => line.includes("set-timeout server"))).toHaveLength(8);
  });

  it.each([{}, { responseTimeout: "10s", tryTimeout: "6s" }])("repeats nothing for silence where there is no time for it: %j", (limits) => {
    const { lines } = rendered(limits);
    expect(lines).toContain("  retry-on conn-failure empty-response");
    expect(lines.some((line) => line.includes("set-timeout"))).toBe(false);
  });

  it("is another where limits differ, so that HAProxy has to be reloaded", () => {
    const markers = [{}, { tryTimeout: "10s" }, { tryTimeout: "12s" }, { responseTimeout: "50s" }].map((limits) => rendered(limits).marker);
    expect(new Set(markers).size).toBe(markers.length);
  });
});
