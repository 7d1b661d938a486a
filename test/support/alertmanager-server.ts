/** A real Alertmanager on loopback, by itself and without a cluster. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../core/free-ports.ts";
import { createProgramGroup } from "./program-group.ts";
import { until } from "./until.ts";

export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  /** One that is past resolves it. */
  readonly endsAt?: string;
}

export interface AlertmanagerServer {
  /** `127.0.0.1:<port>`. */
  readonly address: string;
  /** As Prometheus posts them. */
  post(alerts: readonly PostedAlert[]): Promise<void>;
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  readonly output: () => string;
  remove(): Promise<void>;
}

/** Undefined where none could be obtained: `describe.skipIf`. */
export const alertmanagerProgram = process.env["ROLLPIN_TEST_ALERTMANAGER"];

/** `route` and `webhooks` in Alertmanager's own words: of the route that all takes, and where it goes to. `others`: more receivers. Started. */
export async function startAlertmanager(webhooks: object | readonly object[], route: object = {}, others: readonly object[] = []): Promise<AlertmanagerServer> {
  const program = alertmanagerProgram;
  if (program === undefined) throw new Error("ROLLPIN_TEST_ALERTMANAGER is not set: run this under vitest's integration project, whose globalSetup sets it");
  const folder = await mkdtemp(join(tmpdir(), "rpa-"));
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const group = createProgramGroup();
  const config = join(folder, "alertmanager.yml");
  const whole = { route: { receiver: "tests", group_wait: "0s", group_interval: "1s", repeat_interval: "1h", group_by: ["..."], ...route }, receivers: [{ name: "tests", webhook_configs: [webhooks].flat() }, ...others] };
  await writeFile(config, JSON.stringify(whole));
  const words = [`--config.file=${config}`, `--storage.path=${join(folder, "data")}`, `--web.listen-address=${address}`, "--cluster.listen-address="];
  const server: AlertmanagerServer = {
    address,
    async post(alerts) {
      const answer = await fetch(`http://${address}/api/v2/alerts`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(alerts) });
      if (answer.status !== 200) throw new Error(`Alertmanager answers ${answer.status}: ${await answer.text()}`);
    },
    async start() {
      group.start(program, words);
      await until(`Alertmanager is ready: ${group.output()}`, async () => (await fetch(`http://${address}/-/ready`)).status === 200);
    },
    kill: group.kill,
    output: group.output,
    async remove() {
      await group.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}
