/** The few attributes of a span that call chains are built from, by OpenTelemetry's names; older names that are still about besides. */

export type AttributeValue = boolean | number | string;
export type Attributes = ReadonlyMap<string, AttributeValue>;

export const RESOURCE_NAMES: ReadonlySet<string> = new Set(["service.name", "service.version", "service.instance.id", "host.name", "k8s.pod.name"]);
export const SPAN_NAMES: ReadonlySet<string> = new Set([
  "db.name",
  "db.namespace",
  "db.system",
  "db.system.name",
  "http.response.status_code",
  "http.status_code",
  "messaging.destination",
  "messaging.destination.name",
  "net.peer.name",
  "net.peer.port",
  "network.peer.address",
  "network.peer.port",
  "peer.service",
  "rollpin.answer_within_ms",
  "server.address",
  "server.port",
]);

/** The first that is there, as text. */
export function textOf(attributes: Attributes, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = attributes.get(name);
    if (value !== undefined && value !== "") return String(value);
  }
  return undefined;
}

/** The first that is a number, or text that is one, as OTLP's JSON has it. */
export function numberOf(attributes: Attributes, ...names: readonly string[]): number | undefined {
  const number = Number(textOf(attributes, ...names) ?? Number.NaN);
  return Number.isFinite(number) ? number : undefined;
}
