/** The examples for Prometheus, Alertmanager and Grafana, by the programs that are to read them. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { alertmanagerProgram, startAlertmanager } from "../../support/alertmanager-server.ts";
import { prometheusProgram, promtoolProgram, startPrometheus } from "../../support/prometheus-server.ts";

const EXAMPLES = fileURLToPath(new URL("../../../examples/", import.meta.url));
const file = (name: string): string => join(EXAMPLES, "prometheus", name);

it.skipIf(prometheusProgram === undefined)("promtool finds rules and configuration good, and the rules say what they should", async () => {
  const run = (...words: readonly string[]) => promisify(execFile)(promtoolProgram ?? "", words);
  const checked = await run("check", "rules", file("rollpin.rules.yml"), file("services.rules.yml"));
  expect(checked.stdout.match(/SUCCESS: \d+ rules found/g)).toHaveLength(2);
  expect((await run("check", "config", file("prometheus.yml"))).stdout).toContain("is valid prometheus config file syntax");
  expect((await run("test", "rules", file("rules.test.yml"))).stdout).toContain("SUCCESS");
});

it.skipIf(prometheusProgram === undefined)("a real Prometheus understands each query of the dashboard", async () => {
  const { panels } = JSON.parse(await readFile(join(EXAMPLES, "grafana/rollpin.json"), "utf8")) as { panels: { targets?: { expr: string }[] }[] };
  const prometheus = await startPrometheus({ targets: [] });
  try {
    for (const { expr } of panels.flatMap(({ targets = [] }) => targets)) {
      // As Grafana fills in its variables.
      const query = expr.replaceAll("$__rate_interval", "1m").replaceAll(/\$\w+/g, ".*");
      const answer = await fetch(`${prometheus.url}/api/v1/query?${new URLSearchParams({ query }).toString()}`);
      expect([expr, answer.status]).toEqual([expr, 200]);
    }
  } finally {
    await prometheus.remove();
  }
});

it.skipIf(alertmanagerProgram === undefined)("a real Alertmanager starts with the route, and sends alerts where it says", async () => {
  const { receivers, route } = parse(await readFile(file("alertmanager.yml"), "utf8")) as { receivers: { name: string; webhook_configs?: object[] }[]; route: object };
  const alertmanager = await startAlertmanager([], route, receivers);
  try {
    await alertmanager.post([
      { labels: { alertname: "HighErrorRate", service: "checkout", version: "2.0.0" } },
      { labels: { alertname: "HighErrorRate", service: "checkout" } },
      { labels: { alertname: "Watchdog" } },
    ]);
    const answer = await fetch(`http://${alertmanager.address}/api/v2/alerts`);
    const sent = (await answer.json()) as { labels: Record<string, string>; receivers: { name: string }[] }[];
    const to = sent.map(({ labels, receivers: names }) => [labels["alertname"], labels["version"] ?? "", ...names.map(({ name }) => name).toSorted()].join(" "));
    expect(to.toSorted()).toEqual(["HighErrorRate  people", "HighErrorRate 2.0.0 people rollpin", "Watchdog  rollpin"]);
  } finally {
    await alertmanager.remove();
  }
});
