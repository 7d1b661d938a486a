/** vitest globalSetup: one Consul, one HAProxy, one nginx, one PostgreSQL, one Prometheus, one Alertmanager, one RabbitMQ and one NATS for all workers, and an end to what earlier runs left behind. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reapLeftovers } from "../../cli/launcher/leftovers.ts";
import { obtainConsul } from "../../cli/launcher/obtain.ts";
import { type BrokerProgram, obtainBroker } from "../../cli/launcher/obtain-broker.ts";
import { type MonitorProgram, obtainMonitor } from "../../cli/launcher/obtain-monitor.ts";
import { obtainPostgres } from "../../cli/launcher/obtain-postgres.ts";
import { type RouterProgram, obtainRouter } from "../../cli/launcher/obtain-router.ts";

const OBTAIN_MS = 300_000;

const report = (line: string): void => console.error(line);

export default async function setup(): Promise<() => Promise<void>> {
  await reapLeftovers(Date.now());
  // Dry runs are kept below it: not in the home of whoever runs the tests.
  const states = await mkdtemp(join(tmpdir(), "rollpin-states-"));
  process.env["XDG_STATE_HOME"] = states;
  if (process.env["ROLLPIN_TEST_CONSUL"] === undefined) await setUpConsul();
  if (process.env["ROLLPIN_TEST_HAPROXY"] === undefined) await setUpRouter("haproxy", "ROLLPIN_TEST_HAPROXY");
  if (process.env["ROLLPIN_TEST_NGINX"] === undefined) await setUpRouter("nginx", "ROLLPIN_TEST_NGINX");
  if (process.env["ROLLPIN_TEST_POSTGRES"] === undefined) await setUpPostgres();
  if (process.env["ROLLPIN_TEST_PROMETHEUS"] === undefined) await setUpMonitor("prometheus", "ROLLPIN_TEST_PROMETHEUS");
  if (process.env["ROLLPIN_TEST_ALERTMANAGER"] === undefined) await setUpMonitor("alertmanager", "ROLLPIN_TEST_ALERTMANAGER");
  if (process.env["ROLLPIN_TEST_RABBITMQ"] === undefined) await setUpBroker("rabbitmq-server", "ROLLPIN_TEST_RABBITMQ");
  if (process.env["ROLLPIN_TEST_NATS"] === undefined) await setUpBroker("nats-server", "ROLLPIN_TEST_NATS");
  return () => rm(states, { recursive: true, force: true });
}

async function setUpConsul(): Promise<void> {
  // A binary even where CONSUL_HTTP_ADDR is set: tests kill their Consul, and never touch somebody's own.
  const obtained = await obtainConsul({ env: process.env, binaryOnly: true, report, signal: AbortSignal.timeout(OBTAIN_MS) });
  if (!obtained.ok) throw new Error(obtained.fault);
  if (obtained.value.kind === "binary") process.env["ROLLPIN_TEST_CONSUL"] = obtained.value.path;
}

/** There is none for every system that rollpin runs on: its own tests are then left out, and it is said. */
async function setUpRouter(program: RouterProgram, variable: string): Promise<void> {
  const obtained = await obtainRouter(program, { env: process.env, report, signal: AbortSignal.timeout(OBTAIN_MS) });
  if (obtained.ok) process.env[variable] = obtained.value;
  else report(`the tests of ${program} are left out: ${obtained.fault}`);
}

/** As for routers. */
async function setUpPostgres(): Promise<void> {
  const obtained = await obtainPostgres({ env: process.env, report, signal: AbortSignal.timeout(OBTAIN_MS) });
  if (obtained.ok) process.env["ROLLPIN_TEST_POSTGRES"] = obtained.value;
  else report(`the tests of migrations are left out: ${obtained.fault}`);
}

/** As for routers. */
async function setUpMonitor(program: MonitorProgram, variable: string): Promise<void> {
  const obtained = await obtainMonitor(program, { env: process.env, report, signal: AbortSignal.timeout(OBTAIN_MS) });
  if (obtained.ok) process.env[variable] = obtained.value;
  else report(`the tests of ${program} are left out: ${obtained.fault}`);
}

/** As for routers. */
async function setUpBroker(program: BrokerProgram, variable: string): Promise<void> {
  const obtained = await obtainBroker(program, { env: process.env, report, signal: AbortSignal.timeout(OBTAIN_MS) });
  if (obtained.ok) process.env[variable] = obtained.value;
  else report(`the tests of ${program} are left out: ${obtained.fault}`);
}
