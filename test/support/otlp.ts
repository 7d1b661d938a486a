/** Spans as services would publish them: OTLP, JSON or protobuf, written by an encoder that knows nothing of the decoder. */
import protobuf from "protobufjs";
import type { Span } from "../../core/model/span.ts";

const KINDS = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

/** As https://github.com/open-telemetry/opentelemetry-proto has them, without what no test uses. */
const PROTO = `
syntax = "proto3";
message TracesData { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message Scope { string name = 1; string version = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10;
  repeated Event events = 11; repeated Link links = 13; Status status = 15; fixed32 flags = 16;
}
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Link { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4; }
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; bytes bytes_value = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
`;
const tracesData = protobuf.parse(PROTO).root.lookupType("TracesData");

type Attribute = { readonly key: string; readonly value: { readonly stringValue: string } | { readonly intValue: string } | { readonly arrayValue: { readonly values: readonly { readonly stringValue: string }[] } } };

/** One ResourceSpans for each service, version and host. */
export function otlpOf(spans: readonly Span[]): { readonly resourceSpans: readonly object[] } {
  const groups = new Map<string, Span[]>();
  for (const span of spans) {
    const key = JSON.stringify([span.service, span.version, span.host]);
    groups.set(key, [...(groups.get(key) ?? []), span]);
  }
  return {
    resourceSpans: [...groups.values()].flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      return [
        {
          resource: { attributes: [...textAttributes({ "service.name": first.service, "service.version": first.version, "service.instance.id": first.host, "telemetry.sdk.language": "nodejs" })] },
          scopeSpans: [{ scope: { name: "test" }, spans: group.map(spanOf) }],
        },
      ];
    }),
  };
}

export function jsonOf(spans: readonly Span[]): Buffer {
  return Buffer.from(JSON.stringify(otlpOf(spans)));
}

export function protobufOf(spans: readonly Span[]): Buffer {
  const bytesOf = (value: unknown, name = ""): unknown => {
    if (typeof value === "string" && /^(traceId|spanId|parentSpanId)$/.test(name)) return Buffer.from(value, "hex");
    if (Array.isArray(value)) return value.map((one) => bytesOf(one));
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, bytesOf(one, key)])) : value;
  };
  return Buffer.from(tracesData.encode(tracesData.fromObject(bytesOf(otlpOf(spans)) as object)).finish());
}

function spanOf(span: Span): object {
  const isMessage = span.kind === "producer" || span.kind === "consumer";
  const [host, port] = span.address?.split(":") ?? [];
  const numbers: readonly Attribute[] = [
    ...(port === undefined ? [] : [{ key: "server.port", value: { intValue: port } }]),
    ...(span.deadline === undefined ? [] : [{ key: "rollpin.answer_within_ms", value: { intValue: String(Math.round(span.deadline - span.start)) } }]),
  ];
  const list: Attribute = { key: "http.request.header.accept", value: { arrayValue: { values: [{ stringValue: "text/html" }] } } };
  return {
    traceId: span.trace,
    spanId: span.span,
    ...(span.parent === undefined ? {} : { parentSpanId: span.parent }),
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: nanoseconds(span.start),
    endTimeUnixNano: nanoseconds(span.end),
    attributes: [...textAttributes({ [isMessage ? "messaging.destination.name" : "peer.service"]: span.peer, "server.address": host, "db.system.name": span.database }), ...numbers, list],
    events: [{ timeUnixNano: nanoseconds(span.end), name: "note" }],
    links: span.links.map(({ span: spanId, trace }) => ({ traceId: trace, spanId })),
    status: span.failed ? { code: 2, message: "it failed" } : {},
  };
}

function textAttributes(values: Readonly<Record<string, string | undefined>>): readonly Attribute[] {
  return Object.entries(values).flatMap(([key, value]) => (value === undefined || value === "" ? [] : [{ key, value: { stringValue: value } }]));
}

function nanoseconds(milliseconds: number): string {
  return String(BigInt(Math.round(milliseconds * 1000)) * 1000n);
}
