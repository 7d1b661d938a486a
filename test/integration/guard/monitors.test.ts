/** The real Prometheus and the real Alertmanager, one behind the other, as the tests of the guard's signals start them. */
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AlertmanagerServer, alertmanagerProgram, startAlertmanager } from "../../support/alertmanager-server.ts";
import { type PrometheusServer, prometheusProgram, startPrometheus } from "../../support/prometheus-server.ts";
import { until } from "../../support/until.ts";

const RULES = `
groups:
  - name: rollpin
    rules:
      - alert: Down
        expr: up == 0
`;

describe.skipIf(prometheusProgram === undefined || alertmanagerProgram === undefined)("Prometheus and Alertmanager", () => {
  const told: unknown[] = [];
  let webhook: Server;
  let alertmanager: AlertmanagerServer;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    webhook = createServer((request, response) => {
      let text = "";
      request.on("data", (part: Buffer) => (text += part.toString()));
      request.on("end", () => {
        told.push(JSON.parse(text));
        response.end();
      });
    });
    await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
    alertmanager = await startAlertmanager({ url: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/` });
    prometheus = await startPrometheus({ targets: ["127.0.0.1:9"], rules: RULES, alertmanager: alertmanager.address });
  });
  afterAll(async () => {
    await Promise.all([prometheus?.remove(), alertmanager?.remove()]);
    webhook.close();
  });

  it("tell a webhook what is wrong", async () => {
    const first = await until("an alert", () => told[0]);
    expect(first).toMatchObject({ version: "4", status: "firing", alerts: [{ status: "firing", labels: { alertname: "Down", instance: "127.0.0.1:9" } }] });
  });
});
