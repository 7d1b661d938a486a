/** What of an OTLP span counts, by OpenTelemetry's conventions for attributes. */
import type { Span, SpanKind } from "../../../core/model/span.ts";
import { type Attributes, numberOf, textOf } from "./attributes.ts";
import type { RawSpan } from "./raw-span.ts";

/** One text for all records that hold it. */
export type Share = (text: string) => string;

const KINDS: readonly SpanKind[] = ["internal", "internal", "server", "client", "producer", "consumer"];
const ERROR = 2;
const LONGEST = 200;
const MOST_DEADLINE_MS = 86_400_000;

/** Undefined: it can't be told whose it is, which it is, or when it was. */
export function toSpan(raw: RawSpan, resource: Attributes, share: Share): Span | undefined {
  const service = textOf(resource, "service.name");
  const kind = KINDS[raw.kind];
  const [trace, span] = [raw.traceId.toLowerCase(), raw.spanId.toLowerCase()];
  if (service === undefined || kind === undefined || !isId(trace, 32) || !isId(span, 16) || !isTime(raw.start) || !isTime(raw.end)) return undefined;
  const parent = raw.parentSpanId.toLowerCase();
  const short = (text: string | undefined): string | undefined => (text === undefined ? undefined : share(text.slice(0, LONGEST)));
  const { attributes } = raw;
  return {
    trace,
    span,
    parent: isId(parent, 16) ? parent : undefined,
    kind,
    name: share(raw.name.slice(0, LONGEST)),
    service: share(service.slice(0, LONGEST)),
    version: short(textOf(resource, "service.version")) ?? "",
    host: short(textOf(resource, "service.instance.id", "k8s.pod.name", "host.name")),
    start: raw.start,
    end: raw.end,
    failed: raw.statusCode === ERROR || (numberOf(attributes, "http.response.status_code", "http.status_code") ?? 0) >= 500,
    peer: short(peerOf(kind, attributes)),
    address: kind === "client" ? short(addressOf(attributes)) : undefined,
    database: kind === "client" ? short(databaseOf(attributes)) : undefined,
    deadline: kind === "producer" ? deadlineOf(raw.start, attributes) : undefined,
    links: kind === "consumer" ? raw.links.filter((link) => isId(link.trace, 32) && isId(link.span, 16)) : [],
  };
}

/** All zeros is no id. */
function isId(text: string, digits: number): boolean {
  return text.length === digits && /^[0-9a-f]*[1-9a-f][0-9a-f]*$/.test(text);
}

function isTime(milliseconds: number): boolean {
  return Number.isFinite(milliseconds) && milliseconds > 0;
}

function peerOf(kind: SpanKind, attributes: Attributes): string | undefined {
  if (kind === "producer" || kind === "consumer") return textOf(attributes, "messaging.destination.name", "messaging.destination");
  return kind === "client" ? textOf(attributes, "peer.service") : undefined;
}

function addressOf(attributes: Attributes): string | undefined {
  const host = textOf(attributes, "network.peer.address", "server.address", "net.peer.name");
  const port = textOf(attributes, "network.peer.port", "server.port", "net.peer.port");
  return host === undefined ? undefined : `${host}:${port ?? ""}`;
}

function databaseOf(attributes: Attributes): string | undefined {
  const system = textOf(attributes, "db.system.name", "db.system");
  const name = textOf(attributes, "db.namespace", "db.name");
  return system === undefined || name === undefined ? system : `${system} ${name}`;
}

function deadlineOf(start: number, attributes: Attributes): number | undefined {
  const within = numberOf(attributes, "rollpin.answer_within_ms");
  return within === undefined || within <= 0 || within > MOST_DEADLINE_MS ? undefined : start + within;
}
