/** A real Prometheus on loopback that scrapes what it is told. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePorts } from "../../core/free-ports.ts";
import { createProgramGroup } from "./program-group.ts";
import { until } from "./until.ts";

export interface PrometheusWanted {
  /** `127.0.0.1:<port>`: what serves /metrics. */
  readonly targets: readonly string[];
  /** In its own words; of scrapes and of rules. */
  readonly interval?: string;
  /** A file of alerting rules, as YAML. */
  readonly rules?: string;
  /** `127.0.0.1:<port>`. */
  readonly alertmanager?: string;
}

export interface PrometheusServer {
  readonly url: string;
  /** With what it has kept. */
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** The process stands still: it accepts connections and answers none. */
  pause(): void;
  resume(): void;
  remove(): Promise<void>;
}

/** Undefined where none could be obtained: `describe.skipIf`. */
export const prometheusProgram = process.env["ROLLPIN_TEST_PROMETHEUS"];

/** Beside it, wherever it is. */
export const promtoolProgram = prometheusProgram === undefined ? undefined : join(dirname(prometheusProgram), "promtool");

/** Started. */
export async function startPrometheus(wanted: PrometheusWanted): Promise<PrometheusServer> {
  const program = prometheusProgram;
  if (program === undefined) throw new Error("ROLLPIN_TEST_PROMETHEUS is not set: run this under vitest's integration project, whose globalSetup sets it");
  const folder = await mkdtemp(join(tmpdir(), "rpm-"));
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const group = createProgramGroup();
  const [config, rules] = ["prometheus.yml", "rules.yml"].map((name) => join(folder, name)) as [string, string];
  await writeFile(config, JSON.stringify(configOf(wanted, rules)));
  if (wanted.rules !== undefined) await writeFile(rules, wanted.rules);
  const words = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, "data")}`, `--web.listen-address=127.0.0.1:${port}`];
  const signalled = (signal: NodeJS.Signals) => () => void process.kill(group.pid() ?? process.pid, signal);
  const server: PrometheusServer = {
    url,
    async start() {
      group.start(program, words);
      await until(`Prometheus is ready: ${group.output()}`, async () => (await fetch(`${url}/-/ready`)).status === 200);
    },
    kill: group.kill,
    pause: signalled("SIGSTOP"),
    resume: signalled("SIGCONT"),
    async remove() {
      await group.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

function configOf({ alertmanager, interval = "200ms", rules, targets }: PrometheusWanted, rulesFile: string): object {
  return {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    scrape_configs: [{ job_name: "services", static_configs: [{ targets }] }],
    ...(rules === undefined ? {} : { rule_files: [rulesFile] }),
    ...(alertmanager === undefined ? {} : { alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] } }),
  };
}
