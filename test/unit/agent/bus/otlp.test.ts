import { describe, expect, it } from "vitest";
import { parseOtlp } from "../../../../agent/bus/otlp/parse-otlp.ts";
import type { Span } from "../../../../core/model/span.ts";
import { jsonOf, otlpOf, protobufOf } from "../../../support/otlp.ts";

const LIMITS = { bytes: 100_000, spans: 100 };
const same = (text: string): string => text;
const hex = (digits: number, from: number): string => from.toString(16).padStart(digits, "0");

function span(more: Partial<Span>): Span {
  return { trace: hex(32, 7), span: hex(16, 1), parent: undefined, kind: "server", name: "GET /", service: "shop", version: "1.2.3", host: "pod-1", start: 1_800_000_000_000.25, end: 1_800_000_000_010.5, failed: false, peer: undefined, address: undefined, database: undefined, deadline: undefined, links: [], ...more };
}

const SPANS: readonly Span[] = [
  span({}),
  span({ span: hex(16, 2), parent: hex(16, 1), kind: "client", peer: "cart", address: "10.0.0.7:8080", failed: true }),
  span({ span: hex(16, 3), parent: hex(16, 1), kind: "client", database: "postgresql" }),
  span({ span: hex(16, 4), parent: hex(16, 1), kind: "producer", peer: "orders", deadline: 1_800_000_000_000.25 + 1_500 }),
  span({ span: hex(16, 5), service: "stock", version: "", host: undefined, kind: "consumer", peer: "orders", links: [{ trace: hex(32, 7), span: hex(16, 4) }] }),
  span({ span: hex(16, 6), service: "stock", host: undefined, kind: "internal", name: "" }),
];

function parsed(body: Uint8Array, limits = LIMITS): readonly Span[] {
  const read = parseOtlp(body, limits, same);
  if (!read.ok) throw new Error(read.fault);
  expect(read.value.unusable).toBe(0);
  return read.value.spans;
}

function fault(body: Uint8Array | string, limits = LIMITS): string {
  const read = parseOtlp(Buffer.from(body), limits, same);
  return read.ok ? `no fault: ${read.value.spans.length} spans, ${read.value.unusable} unusable` : read.fault;
}

const bySpan = (spans: readonly Span[]): readonly Span[] => spans.toSorted((a, b) => a.span.localeCompare(b.span));

describe("OTLP", () => {
  it("is read as JSON and as protobuf, all the same", () => {
    expect(bySpan(parsed(jsonOf(SPANS)))).toEqual(SPANS);
    expect(bySpan(parsed(protobufOf(SPANS)))).toEqual(SPANS);
  });

  it("takes numbers for 64-bit numbers, capitals in ids, and older names of attributes", () => {
    const resourceSpans = [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }, { key: "k8s.pod.name", value: { stringValue: "p" } }] },
        scopeSpans: [{ spans: [{ traceId: "ABCDEF".padEnd(32, "0"), spanId: "F".repeat(16), kind: 3, startTimeUnixNano: 1_800_000_000_000_000_000, endTimeUnixNano: "1800000000010000000", attributes: [{ key: "http.status_code", value: { intValue: "503" } }, { key: "net.peer.name", value: { stringValue: "cart" } }, { key: "db.system", value: { stringValue: "mysql" } }, { key: "db.name", value: { stringValue: "orders" } }] }] }],
      },
    ];
    expect(parsed(Buffer.from(JSON.stringify({ resourceSpans })))).toMatchObject([{ trace: "abcdef".padEnd(32, "0"), span: "f".repeat(16), kind: "client", host: "p", start: 1_800_000_000_000, end: expect.closeTo(1_800_000_000_010, 2), failed: true, address: "cart:", database: "mysql orders" }]);
  });

  it("leaves out what has no service, no id or no time, and counts it", () => {
    const shaped = [{}, { traceId: hex(32, 1), spanId: hex(16, 0), kind: 2 }, { traceId: hex(32, 1), spanId: hex(16, 1), kind: 9, startTimeUnixNano: "1", endTimeUnixNano: "2" }, { traceId: hex(32, 1), spanId: hex(16, 1), kind: 2, startTimeUnixNano: "x", endTimeUnixNano: "2" }, null, 7];
    const body = JSON.stringify({ resourceSpans: [null, { scopeSpans: {} }, { resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }, null, {}] }, scopeSpans: [null, { spans: shaped }] }] });
    expect(fault(body)).toBe("no fault: 0 spans, 6 unusable");
  });

  it("refuses what is none, in words", () => {
    expect(fault("{")).toMatch(/^it is no OTLP, JSON or protobuf: /);
    expect(fault("hello")).toMatch(/^it is no OTLP, JSON or protobuf: /);
    expect(fault(Buffer.from([0x7b, 0xff, 0xfe]))).toMatch(/^it is no OTLP, JSON or protobuf: /);
    expect(fault(protobufOf(SPANS).subarray(0, -3))).toMatch(/^it is no OTLP, JSON or protobuf: /);
    expect(fault(jsonOf(SPANS), { ...LIMITS, bytes: 100 })).toMatch(/^it has \d+ bytes; the limit is 100$/);
    expect(fault(jsonOf(SPANS), { ...LIMITS, spans: 5 })).toMatch(/it has more than 5 spans$/);
    expect(fault(protobufOf(SPANS), { ...LIMITS, spans: 5 })).toMatch(/it has more than 5 spans$/);
    expect(fault('{"a":'.repeat(20_000))).toMatch(/^it is no OTLP, JSON or protobuf: /);
    expect(fault(Buffer.alloc(90_000, 0x0b))).toMatch(/^it is no OTLP, JSON or protobuf: /);
  });

  it("is read wherever the resource stands", () => {
    const [first] = otlpOf([span({})]).resourceSpans;
    const turned = Object.fromEntries(Object.entries(first ?? {}).reverse());
    expect(parsed(Buffer.from(JSON.stringify({ resourceSpans: [turned] })))).toEqual([span({})]);
    // Protobuf, by hand: the scope's spans, then the resource.
    const whole = protobufOf([span({})]);
    const [, length = 0] = whole;
    const inner = whole.subarray(length < 128 ? 2 : 3);
    const resourceLength = 2 + (inner[1] ?? 0);
    const body = Buffer.concat([whole.subarray(0, whole.length - inner.length), inner.subarray(resourceLength), inner.subarray(0, resourceLength)]);
    expect(parsed(body)).toEqual([span({})]);
  });
});
