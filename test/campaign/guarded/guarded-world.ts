/** A Consul, a Prometheus, an Alertmanager and a bus of a test's own, two guards, services under load, and who hears what people are told. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../../core/free-ports.ts";
import { startAlertmanager } from "../../support/alertmanager-server.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type HeardWebhook, hearWebhook } from "../../support/hear-webhook.ts";
import { startNats } from "../../support/nats-server.ts";
import { startPrometheus } from "../../support/prometheus-server.ts";
import { startRabbitmq } from "../../support/rabbitmq-server.ts";
import { type TestAgent, startAgent } from "../../support/rollpin.ts";
import type { OwnConsul } from "../../integration/stories/own-consul.ts";
import { type GuardedService, startFleet } from "./fleet.ts";
import { type GuardHost, WEBHOOK_TOKEN, prepareGuardHost } from "./guard-hosts.ts";
import { type Publisher, openNatsPublisher, openRabbitmqPublisher } from "./publisher.ts";
import { RULES } from "./rounds.ts";
import type { Target, Victim } from "./strikes.ts";
import { keepAsking } from "./traffic.ts";

export type BusKind = "NATS" | "RabbitMQ";

export interface GuardedWorld {
  readonly consul: ConsulServer;
  readonly services: readonly GuardedService[];
  readonly guards: readonly GuardHost[];
  readonly pager: HeardWebhook;
  readonly servers: Readonly<Record<Exclude<Victim, "guard">, Target>>;
  close(): Promise<void>;
}

interface Broker extends Target {
  readonly bus: object;
  readonly publisher: Publisher;
  remove(): Promise<void>;
}

const CALLS = "calls";

async function startBroker(kind: BusKind): Promise<Broker> {
  if (kind === "NATS") {
    const server = await startNats();
    const publisher = await openNatsPublisher(server.url, CALLS);
    return { ...server, bus: { url: server.url, subject: CALLS }, publisher, remove: () => server.kill() };
  }
  const server = await startRabbitmq();
  return { ...server, bus: { url: server.url, exchange: CALLS }, publisher: openRabbitmqPublisher(server.url, CALLS) };
}

/** `names` of services, and versions that each of them has. */
export async function startGuardedWorld(kind: BusKind, names: readonly string[], versions: readonly string[]): Promise<GuardedWorld> {
  const folder = await mkdtemp(join(tmpdir(), "rp-servers-"));
  const [consul, broker, pager, ports] = await Promise.all([startConsul({ persistent: true }), startBroker(kind), hearWebhook(), freePorts(2)]);
  const agents: TestAgent[] = [];
  const start: OwnConsul["start"] = async (asked) => {
    const agent = await startAgent({ consul: consul.address, ...asked });
    agents.push(agent);
    return agent;
  };
  const services = await startFleet({ consul, start }, names, versions);
  const alertmanager = await startAlertmanager(ports.map((port) => ({ url: `http://127.0.0.1:${port}/v1/alerts`, http_config: { authorization: { credentials: WEBHOOK_TOKEN } } })));
  const prometheus = await startPrometheus({ targets: services.flatMap(({ tracks }) => Object.values(tracks).map(({ port }) => `127.0.0.1:${port}`)), interval: "1s", rules: RULES, alertmanager: alertmanager.address });
  const guard = { prometheus: { url: prometheus.url }, alertmanager: { api: { url: `http://${alertmanager.address}` } }, bus: broker.bus, notify: [{ webhook: pager.url }] };
  const guards = await Promise.all(ports.map((port, at) => prepareGuardHost(`guard-${at + 1}`, port, { consul: consul.address, folder, guard })));
  await Promise.all(guards.map((one) => one.start()));
  const stopAsking = keepAsking(services, broker.publisher);
  const servers = { consul: { kill: () => consul.kill(), start: () => consul.restart() }, prometheus, alertmanager, broker };
  return {
    consul,
    services,
    guards,
    pager,
    servers,
    async close() {
      await stopAsking();
      await Promise.all([...guards.map((one) => one.kill()), ...agents.map((agent) => agent.remove()), broker.publisher.close()]);
      await Promise.all([prometheus.remove(), alertmanager.remove(), broker.remove(), consul.stop(), pager.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
