/** A real Prometheus that asks the router's agent every second what the versions answered. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { obtainMonitor } from "../../../cli/launcher/obtain-monitor.ts";
import { freePorts } from "../../../core/free-ports.ts";
import { type Result, err, ok } from "../../../core/model/result.ts";
import type { DemoPlace, Prepared } from "../scenario.ts";
import { endChild } from "../end-child.ts";
import { waitFor } from "../patience.ts";

export interface Prometheus {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const COME_UP_MS = 20_000;
const STOP_LIMIT_MS = 5_000;

export async function startPrometheus({ folder, signal }: DemoPlace, { complain, consul }: Prepared, target: string): Promise<Result<Prometheus, string>> {
  const program = await obtainMonitor("prometheus", { env: consul.env, report: complain, signal });
  if (!program.ok) return program;
  const own = join(folder, "prometheus");
  await mkdir(own, { recursive: true });
  const [port] = await freePorts(1);
  const config = join(own, "prometheus.yml");
  await writeFile(config, stringify(configOf(target)));
  const log = join(own, "prometheus.log");
  const output = await open(log, "a");
  const child = spawn(program.value, [`--config.file=${config}`, `--storage.tsdb.path=${join(own, "data")}`, `--web.listen-address=127.0.0.1:${port}`], { cwd: own, detached: true, stdio: ["ignore", output.fd, output.fd] });
  await Promise.all([once(child, "spawn"), output.close()]);
  const url = `http://127.0.0.1:${port}`;
  const stop = (): Promise<void> => endChild(child, "SIGTERM", STOP_LIMIT_MS);
  const up = await waitFor("Prometheus is ready", COME_UP_MS, signal, () => fetch(`${url}/-/ready`).then(({ ok: isReady }) => (isReady ? true : undefined), () => undefined));
  if (up.ok) return ok({ url, pid: child.pid ?? 0, stop });
  await stop();
  return signal.aborted ? up : err(`${up.fault}: ${(await readFile(log, "utf8")).trim().split("\n").at(-1) ?? "it said nothing"}`);
}

function configOf(target: string): object {
  return { global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" }, scrape_configs: [{ job_name: "rollpin", static_configs: [{ targets: [target] }] }] };
}
