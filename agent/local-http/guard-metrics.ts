/** The guard's figures for Prometheus, in the exposition of an agent or of a guard on a host of its own. Loaded where something is guarded. */
import type { Counter, Gauge, Registry } from "prom-client";
import type { BusFigures, Counted, GuardFigures } from "../guard/guard-figures.ts";

/** Fills in how it is now. */
export type FillGuard = (figures: GuardFigures) => void;

interface Registers {
  readonly gauge: (name: string, help: string, ...labels: string[]) => Gauge;
  readonly counter: (name: string, help: string, ...labels: string[]) => Counter;
}

/** What an agent without a source for them hasn't got is not registered. */
export async function registerGuard(registry: Registry, first: GuardFigures): Promise<FillGuard> {
  const { Counter, Gauge } = await import("./prometheus.ts");
  const registers = [registry];
  const made: Registers = {
    gauge: (name, help, ...labelNames) => new Gauge({ name: `rollpin_agent_${name}`, help, labelNames, registers }),
    counter: (name, help, ...labelNames) => new Counter({ name: `rollpin_agent_${name}_total`, help, labelNames, registers }),
  };
  const fills = [registerLooks(made), ...(first.notifications === undefined ? [] : [registerNotifications(made)]), ...(first.deliveries === undefined ? [] : [registerDeliveries(made)]), ...(first.bus() === undefined ? [] : [registerBus(made)])];
  return (figures) => {
    for (const fill of fills) fill(figures);
  };
}

function registerLooks({ counter, gauge }: Registers): FillGuard {
  const guards = gauge("guards", "1 while this agent guards the service, 0 while another does or nobody.", "service");
  const looks = counter("guard_looks", "How often the guard in this agent looked at a service.", "service");
  const verdicts = counter("guard_verdicts", "What it found at its looks of a version that was moved to, or that a rollout leads to.", "service", "verdict");
  const actions = counter("guard_actions", "What the guard in this agent found and did, by deed and outcome.", "service", "action");
  return (figures) => {
    guards.reset();
    for (const [service, isOwn] of figures.guards()) guards.set({ service }, isOwn ? 1 : 0);
    fill(looks, figures.looks, ["service"]);
    fill(verdicts, figures.verdicts, ["service", "verdict"]);
    fill(actions, figures.actions, ["service", "action"]);
  };
}

function registerNotifications({ counter, gauge }: Registers): FillGuard {
  const notifications = counter("guard_notifications", "What became of telling people what the guard did.", "target", "result");
  const waiting = gauge("guard_notifications_waiting", "Actions of which somebody is yet to be told.", "target");
  return (figures) => {
    fill(notifications, figures.notifications, ["target", "result"]);
    for (const [target, count] of figures.waiting()) waiting.set({ target }, count);
  };
}

function registerDeliveries({ counter }: Registers): FillGuard {
  const deliveries = counter("guard_alert_deliveries", "Requests to Alertmanager's webhook, by the status that they were answered with.", "status");
  return (figures) => fill(deliveries, figures.deliveries, ["status"]);
}

function registerBus({ counter, gauge }: Registers): FillGuard {
  const connected = gauge("guard_bus_connected", "1 while call records may come from the bus.");
  const messages = counter("guard_bus_messages", "Messages from the bus, by whether they could be read.", "result");
  const spans = counter("guard_bus_spans", "Spans in these messages that have a service, an id and a time.");
  const dropped = counter("guard_bus_spans_dropped", "Spans that are not counted by, by why.", "why");
  const held = gauge("guard_bus_held_spans", "Spans of calls that aren't over yet.");
  const lag = gauge("guard_bus_lag_seconds", "How long before it came the newest call of the last message was over; NaN before the first.");
  return (figures) => {
    const bus = figures.bus();
    if (bus === undefined) return;
    connected.set(bus.isConnected ? 1 : 0);
    held.set(bus.held.spans);
    lag.set(bus.lagMs === undefined ? Number.NaN : bus.lagMs / 1000);
    for (const each of [messages, spans, dropped]) each.reset();
    messages.inc({ result: "taken" }, bus.messages - bus.unreadable);
    messages.inc({ result: "unreadable" }, bus.unreadable);
    spans.inc(bus.taken);
    for (const [why, count] of droppedOf(bus)) dropped.inc({ why }, count);
  };
}

function droppedOf({ dropped, unusable }: BusFigures): readonly (readonly [string, number])[] {
  return [...Object.entries(dropped), ["unusable", unusable]];
}

function fill(counter: Counter, counted: Counted | undefined, names: readonly string[]): void {
  counter.reset();
  for (const [labels, count] of counted?.all() ?? []) counter.inc(Object.fromEntries(names.map((name, place) => [name, labels[place] ?? ""])), count);
}
