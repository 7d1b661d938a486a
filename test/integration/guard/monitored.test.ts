/** A release that is bad in nothing but its figures: from a real Prometheus and a real Alertmanager to the rollback, in a real agent. */
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { aclRulesOf, hclOf } from "../../../cli/doctor/acl-policy.ts";
import { shapes } from "../../../cli/output/shapes.ts";
import { freePorts } from "../../../core/free-ports.ts";
import { type AlertmanagerServer, alertmanagerProgram, startAlertmanager } from "../../support/alertmanager-server.ts";
import { historyOf } from "../../support/history.ts";
import { type PrometheusServer, prometheusProgram, startPrometheus } from "../../support/prometheus-server.ts";
import { until } from "../../support/until.ts";
import { ownConsul } from "../stories/own-consul.ts";
import { expectExit, processYaml, registered, runs } from "../stories/story.ts";
import { type ScrapedService, startScrapedService } from "./scraped-service.ts";

const { consul, start } = await ownConsul({ acl: true });
const node = await consul.nodeName();
const WEBHOOK_TOKEN = "5c8e2a90d7b1f364";
const RULES = `
groups:
  - name: services
    rules:
      - alert: HighErrorRate
        expr: sum by (service, version) (increase(http_requests_total{code="500"}[10s])) > 10
        annotations: {summary: "{{ $labels.version }} fails"}
`;
const SHARE = `'sum(increase(http_requests_total{service="{{service}}",version="{{version}}",code="500"}[10s])) / sum(increase(http_requests_total{service="{{service}}",version="{{version}}"}[10s]))'`;

const manage = (...words: readonly string[]) => expectExit(0, words, { consul: consul.address, token: consul.managementToken });
const explained = async (service: string) => z.parse(shapes.guard, JSON.parse((await manage("guard", "explain", service, "-o", "json")).stdout));

describe.skipIf(prometheusProgram === undefined || alertmanagerProgram === undefined)("a guarded service whose figures are bad", () => {
  let ports: readonly [number, number];
  let alertmanager: AlertmanagerServer;
  let prometheus: PrometheusServer;
  const scraped: Record<string, ScrapedService> = {};

  beforeAll(async () => {
    const [one = 0, two = 0] = await freePorts(2);
    ports = [one, two];
    for (const service of ["counted", "paged"]) scraped[service] = await startScrapedService(service);
    const credentials = { http_config: { authorization: { credentials: WEBHOOK_TOKEN } } };
    alertmanager = await startAlertmanager(ports.map((port) => ({ url: `http://127.0.0.1:${port}/v1/alerts`, ...credentials })));
    prometheus = await startPrometheus({ targets: Object.values(scraped).map(({ address }) => address), interval: "500ms", rules: RULES, alertmanager: alertmanager.address });
  });
  afterAll(async () => {
    await Promise.all([prometheus?.remove(), alertmanager?.remove(), ...Object.values(scraped).map((each) => each.close())]);
  });

  /** Runs 1.0.0, which a person called good, and is guarded by the policy; then 2.0.0, which comes up as well. */
  async function release(service: string, port: number, policy: string): Promise<void> {
    const instance = `${service}-1`;
    const token = await consul.createToken(hclOf(aclRulesOf("agent", { prefix: "rollpin", service, instance, node })));
    const guardToken = await consul.createToken(hclOf(aclRulesOf("guard", { prefix: "rollpin", service })));
    const guard = { tokenFile: "./guard-token", prometheus: { url: prometheus.url }, alertmanager: { listen: `127.0.0.1:${port}`, tokenFile: "./webhook-token", api: { url: `http://${alertmanager.address}` } } };
    const agent = await start({ service, instance, token, releases: { "1.0.0": "good.js", "2.0.0": "good.js" }, files: { "guard-token": `${guardToken}\n`, "webhook-token": `${WEBHOOK_TOKEN}\n` }, yaml: processYaml(`sessionTtl: 10s\nguard: ${JSON.stringify(guard)}\n`) });
    // Whoever may read it may have a release rolled back: one that others can read counts for nothing.
    await chmod(join(agent.folder, "webhook-token"), 0o600);
    await registered(consul, service, "1.0.0", "2.0.0");
    await manage("pin", service, "1.0.0", "--yes");
    await manage("release", "clear", service, "1.0.0", "--good", "--yes");
    await manage("policy", "set", service, "--text", policy, "--yes");
    await until("it is guarded", async () => (await explained(service)).leader === instance);
    await manage("pin", service, "2.0.0", "--yes");
    await runs(agent, "2.0.0");
  }

  async function failUntilBack(service: string): Promise<void> {
    await until("the guard went back", async () => {
      scraped[service]?.serve("1.0.0", { requests: 50 });
      scraped[service]?.serve("2.0.0", { requests: 50, errors: 20 });
      return (await consul.kv.get(`rollpin/desired/${service}/pin`))?.trim() === "1.0.0";
    });
    expect((await historyOf(consul, service)).filter(({ by }) => by === "guard")).toHaveLength(1);
  }

  it("goes back by a figure of Prometheus's", { timeout: 120_000 }, async () => {
    await release("counted", ports[0], `every: 500ms\nsignals: {errors: {prometheus: ${SHARE}, above: 0.05}}\nstrategy: [{when: [errors], do: rollback}]\n`);
    await failUntilBack("counted");
    const { action } = await explained("counted");
    expect(action).toMatchObject({ deed: "rollback", outcome: "done", readings: { errors: { says: "bad", alike: false, evidence: [{ kind: "series", above: 0.05 }, { kind: "series" }, { kind: "series" }] } } });
  });

  it("goes back by an alert, at once and not at its next look", { timeout: 120_000 }, async () => {
    // A look each ten minutes: only the webhook's news can be what moves it.
    await release("paged", ports[1], "every: 10m\nsignals: {paged: {alertmanager: {alertname: HighErrorRate}}}\nstrategy: [{when: [paged], do: rollback}]\n");
    await failUntilBack("paged");
    const { action } = await explained("paged");
    expect(action).toMatchObject({ deed: "rollback", outcome: "done", readings: { paged: { says: "bad", alike: false, summary: expect.stringContaining("HighErrorRate (2.0.0 fails)") as string, evidence: [{ kind: "alert", alertname: "HighErrorRate", labels: { service: "paged", version: "2.0.0" } }] } } });
  });
});
