import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { parsePolicy } from "../../../core/config/parse-policy.ts";

const text = (name: string): Promise<string> => readFile(fileURLToPath(new URL(`../../../${name}`, import.meta.url)), "utf8");

/** Without what a histogram or summary adds. */
const metricsIn = (queries: string): readonly string[] => [...new Set([...queries.matchAll(/rollpin_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, "")))];

const documented = new Set([...(await text("docs/reference/metrics.md")).matchAll(/^\| `(rollpin_\w+)` \|/gm)].map(([, name = ""]) => name));

describe("the dashboard", async () => {
  const panel = z.object({ id: z.int(), type: z.enum(["row", "stat", "timeseries"]), title: z.string().check(z.minLength(1)), gridPos: z.object({ h: z.int(), w: z.int(), x: z.int(), y: z.int() }), targets: z.optional(z.array(z.object({ refId: z.string(), expr: z.string() }))) });
  const dashboard = z.parse(z.object({ uid: z.literal("rollpin"), title: z.string(), schemaVersion: z.int(), panels: z.array(panel), templating: z.object({ list: z.array(z.object({ name: z.string() })) }) }), JSON.parse(await text("examples/grafana/rollpin.json")));

  it("has panels that don't overlap, each with an id of its own", () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const taken = new Set<string>();
    for (const { gridPos, title } of dashboard.panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect([title, x < 24, taken.has(`${x} ${y}`)]).toEqual([title, true, false]);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  it("asks for metrics that agents have, and by variables that it has", () => {
    const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join("\n");
    expect(metricsIn(queries).length).toBeGreaterThan(10);
    expect(metricsIn(queries).filter((name) => !documented.has(name))).toEqual([]);
    const names = new Set(["__rate_interval", ...dashboard.templating.list.map(({ name }) => name)]);
    expect([...queries.matchAll(/\$(\w+)/g)].map(([, name = ""]) => name).filter((name) => !names.has(name))).toEqual([]);
  });
});

it.each(["rollpin.rules.yml", "services.rules.yml", "rules.test.yml"])("%s asks for metrics that agents have", async (name) => {
  const rules = await text(`examples/prometheus/${name}`);
  expect(metricsIn(rules).filter((metric) => !documented.has(metric))).toEqual([]);
});

it("the policy beside them is one", async () => {
  expect(parsePolicy(await text("examples/prometheus/policy.yml"), "policy.yml")).toMatchObject({ ok: true });
});
