/** Prometheus figures, documented in docs/reference/metrics.md. prom-client is loaded when something first asks for them. */
import type { Counter, Gauge, Histogram, Registry } from "prom-client";
import { instanceStatuses } from "../../core/model/records.ts";
import type { GuardFigures } from "../guard/guard-figures.ts";
import type { FillGuard } from "./guard-metrics.ts";
import type { AgentState } from "./state.ts";

export interface MetricsDependencies {
  readonly state: () => AgentState;
  /** How long changes took since this was asked last, in seconds. */
  readonly drainApplySeconds: () => readonly number[];
  readonly version: string;
  /** Undefined where the agent is no guard, or none yet. */
  readonly guard?: (() => GuardFigures | undefined) | undefined;
}

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** Answers a scrape. Figures are kept by the agent and only handed over here, so an agent that nobody scrapes pays nothing. */
export function createExposition(dependencies: MetricsDependencies): () => Promise<Exposition> {
  let figures: Promise<Figures> | undefined;
  let guard: Promise<FillGuard> | undefined;
  const fillGuard = async (registry: Registry, now: GuardFigures): Promise<void> => {
    guard ??= import("./guard-metrics.ts").then(({ registerGuard }) => registerGuard(registry, now));
    (await guard)(now);
  };
  return async () => {
    figures ??= createFigures(dependencies.version);
    const { registry, fill } = await figures;
    fill(dependencies.state(), dependencies.drainApplySeconds());
    const guarding = dependencies.guard?.();
    if (guarding !== undefined) await fillGuard(registry, guarding);
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
}

interface Figures {
  readonly registry: Registry;
  readonly fill: (state: AgentState, applySeconds: readonly number[]) => void;
}

/** Labels that name a router. */
const ROUTER = ["upstream", "router"];
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

async function createFigures(version: string): Promise<Figures> {
  const { Counter, Gauge, Histogram, Registry } = await import("./prometheus.ts");
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, ...labelNames: string[]): Gauge => new Gauge({ name: `rollpin_agent_${name}`, help, labelNames, registers });
  const counter = (name: string, help: string, ...labelNames: string[]): Counter => new Counter({ name: `rollpin_agent_${name}_total`, help, labelNames, registers });
  const tables = {
    gauges: {
      info: gauge("info", "Always 1; says which service and instance this is, and the agent's version.", "service", "instance", "track", "version"),
      inSync: gauge("in_sync", "1 for the status that the instance has, 0 for the others.", "status"),
      applied: gauge("applied_revision", "The newest revision that was acted on."),
      seen: gauge("seen_revision", "The revision of the head that was seen last."),
      connected: gauge("consul_connected", "1 while Consul answers."),
      viewAge: gauge("view_age_seconds", "How old the last reading of desired state is."),
      session: gauge("session_alive", "1 while the agent's Consul session is alive."),
      leads: gauge("leads", "1 while this agent acts for its whole service."),
      inboundConnections: gauge("inbound_connections", "Connections of clients that are open at the inbound port."),
      inboundInFlight: gauge("inbound_in_flight", "Requests or connections that a process has to do with now."),
      routerConnections: gauge("router_connections", "Connections of clients that are open at a router.", ...ROUTER),
      routerInFlight: gauge("router_in_flight", "Requests and connections that instances have to do with now.", ...ROUTER),
      routerInSync: gauge("router_in_sync", "1 while a router goes by what its upstream should be.", ...ROUTER),
      routerLeads: gauge("router_leads", "1 while this agent looks after a router that is one for all agents.", ...ROUTER),
      routerRevision: gauge("router_revision", "The revision that a router's new requests go by.", ...ROUTER),
      routerLeftOut: gauge("router_left_out", "Instances that a router leaves out because they don't answer.", ...ROUTER),
      localPin: gauge("local_pin", "1 while a person's pin on this host is in force in place of Consul's."),
      refused: gauge("refused_parts", "Parts of desired state that can't or mustn't be obeyed."),
    },
    counters: {
      wakeups: counter("wakeups", "Answers to the blocking query on desired state that carried a change."),
      process_restarts: counter("process_restarts", "Restarts of the process after a crash."),
      disk_faults: counter("disk_faults", "Times that something of the agent's own could not be written to disk."),
      audit_rows: counter("audit_rows", "Calls that were written to the audit log."),
      audit_lost_rows: counter("audit_lost_rows", "Calls that could not be written to the audit log."),
      applies: counter("applies", "Changes that were tried, by how they ended.", "outcome"),
      inbound_requests: counter("inbound_requests", "Answers at the inbound port, by version and class of status.", "version", "class"),
      router_requests: counter("router_requests", "Answers of a router, by version and class of status.", ...ROUTER, "version", "class"),
      router_unanswered: counter("router_unanswered", "How often an instance didn't answer a router.", ...ROUTER, "kind"),
      consul_faults: counter("consul_faults", "Calls to Consul that failed, by kind.", "kind"),
    },
    applySeconds: new Histogram({ name: "rollpin_agent_apply_seconds", help: "How long changes took, from the first check to the last applier having settled.", buckets: BUCKETS, registers }),
  };
  return { registry, fill: (state, applySeconds) => fillIn(tables, state, applySeconds, version) };
}

interface Tables {
  readonly gauges: Readonly<Record<"info" | "inSync" | "applied" | "seen" | "connected" | "viewAge" | "session" | "leads" | "localPin" | "refused" | "inboundConnections" | "inboundInFlight" | "routerConnections" | "routerInFlight" | "routerInSync" | "routerLeads" | "routerRevision" | "routerLeftOut", Gauge>>;
  readonly counters: Readonly<Record<string, Counter>>;
  readonly applySeconds: Histogram;
}

function fillIn({ gauges, counters, applySeconds }: Tables, state: AgentState, seconds: readonly number[], version: string): void {
  const { record, consul } = state;
  gauges.info.set({ service: record.service, instance: record.instance, track: record.track, version }, 1);
  for (const status of instanceStatuses) gauges.inSync.set({ status }, record.status === status ? 1 : 0);
  gauges.applied.set(record.revision);
  gauges.seen.set(state.headRevision ?? record.seen);
  gauges.connected.set(consul.connected ? 1 : 0);
  // Never read is not "just read": NaN makes no alert believe that it is fresh.
  gauges.viewAge.set(consul.viewAgeMs === undefined ? Number.NaN : consul.viewAgeMs / 1000);
  gauges.session.set(state.session === true ? 1 : 0);
  gauges.leads.set(state.lead?.own === true ? 1 : 0);
  gauges.localPin.set(state.localPin === undefined ? 0 : 1);
  gauges.refused.set(state.refused.length);
  for (const each of Object.values(counters)) each.reset();
  fillInbound({ gauges, counters, applySeconds }, state.inbound);
  fillAudit(counters, state.audit);
  fillRouters({ gauges, counters, applySeconds }, state.routers);
  for (const [name, value] of Object.entries(state.counters)) setCounter(counters, name, value);
  for (const each of seconds) applySeconds.observe(each);
}

function fillInbound({ counters, gauges }: Tables, inbound: AgentState["inbound"]): void {
  gauges.inboundConnections.set(inbound?.connections ?? 0);
  gauges.inboundInFlight.set(inbound?.inFlight ?? 0);
  for (const [answered, count] of Object.entries(inbound?.requests ?? {})) {
    const [version = "", status = ""] = answered.split(" ");
    counters["inbound_requests"]?.inc({ version, class: status }, count);
  }
}

function fillAudit(counters: Tables["counters"], audit: AgentState["audit"]): void {
  counters["audit_rows"]?.inc(audit?.rows ?? 0);
  counters["audit_lost_rows"]?.inc(audit?.lost ?? 0);
}

function fillRouters({ counters, gauges }: Tables, routers: AgentState["routers"]): void {
  for (const { connections, inFlight, lead, leftOut, name: router, requests, revision, status, unanswered, upstream } of routers ?? []) {
    const labels = { upstream, router };
    gauges.routerConnections.set(labels, connections);
    gauges.routerInFlight.set(labels, inFlight);
    // What another agent looks after is neither here: NaN makes no alert of it.
    gauges.routerInSync.set(labels, status === "stands-by" ? Number.NaN : status === "in-sync" ? 1 : 0);
    if (lead !== undefined) gauges.routerLeads.set(labels, lead.own ? 1 : 0);
    gauges.routerRevision.set(labels, revision ?? Number.NaN);
    gauges.routerLeftOut.set(labels, leftOut.length);
    for (const [answered, count] of Object.entries(requests)) {
      const [version = "", status = ""] = answered.split(" ");
      counters["router_requests"]?.inc({ ...labels, version, class: status }, count);
    }
    for (const [kind, count] of Object.entries(unanswered)) counters["router_unanswered"]?.inc({ ...labels, kind }, count);
  }
}

const LABELS: Readonly<Record<string, string>> = { applies: "outcome", consul_faults: "kind" };

function setCounter(counters: Readonly<Record<string, Counter>>, counted: string, value: number): void {
  const [, name = "", label] = /^([a-z_]+)(?:\{(.*)\})?$/.exec(counted) ?? [];
  const counter = Object.hasOwn(counters, name) ? counters[name] : undefined;
  const labelName = LABELS[name];
  if (labelName === undefined) counter?.inc(value);
  else if (label !== undefined) counter?.inc({ [labelName]: label }, value);
}
