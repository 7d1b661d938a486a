/** OTLP as JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding. Ids are hexadecimal, 64-bit numbers are text or numbers, enumerations are numbers. */
import type { SpanLink } from "../../../core/model/span.ts";
import { type Attributes, RESOURCE_NAMES, SPAN_NAMES, type AttributeValue } from "./attributes.ts";
import { MOST_LINKS, type OnSpan, type RawSpan } from "./raw-span.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Throws what JSON.parse throws. What isn't shaped as it should be is passed over. */
export function readJson(text: string, onSpan: OnSpan): void {
  for (const resourceSpans of listIn(fieldsOf(JSON.parse(text)), "resourceSpans")) {
    const fields = fieldsOf(resourceSpans);
    const resource = attributesOf(fieldsOf(fields["resource"]), RESOURCE_NAMES);
    for (const scopeSpans of listIn(fields, "scopeSpans")) for (const span of listIn(fieldsOf(scopeSpans), "spans")) onSpan(spanOf(fieldsOf(span)), resource);
  }
}

function spanOf(fields: Fields): RawSpan {
  return {
    traceId: textIn(fields, "traceId"),
    spanId: textIn(fields, "spanId"),
    parentSpanId: textIn(fields, "parentSpanId"),
    name: textIn(fields, "name"),
    kind: numberIn(fields, "kind"),
    start: numberIn(fields, "startTimeUnixNano") / 1e6,
    end: numberIn(fields, "endTimeUnixNano") / 1e6,
    statusCode: numberIn(fieldsOf(fields["status"]), "code"),
    attributes: attributesOf(fields, SPAN_NAMES),
    links: listIn(fields, "links").slice(0, MOST_LINKS).map(linkOf),
  };
}

function linkOf(link: unknown): SpanLink {
  const fields = fieldsOf(link);
  return { trace: textIn(fields, "traceId"), span: textIn(fields, "spanId") };
}

function attributesOf(fields: Fields, wanted: ReadonlySet<string>): Attributes {
  const found = new Map<string, AttributeValue>();
  for (const attribute of listIn(fields, "attributes")) {
    const { key, value } = fieldsOf(attribute) as { readonly key?: unknown; readonly value?: unknown };
    if (typeof key !== "string" || !wanted.has(key)) continue;
    const held = fieldsOf(value);
    const scalar = held["stringValue"] ?? held["intValue"] ?? held["doubleValue"] ?? held["boolValue"];
    if (typeof scalar === "string" || typeof scalar === "number" || typeof scalar === "boolean") found.set(key, scalar);
  }
  return found;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function listIn(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  return Array.isArray(value) ? value : [];
}

function textIn(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === "string" ? value : "";
}

/** NaN where it is none. */
function numberIn(fields: Fields, name: string): number {
  const value = fields[name];
  return value === undefined ? 0 : typeof value === "number" ? value : typeof value === "string" && value !== "" ? Number(value) : Number.NaN;
}
