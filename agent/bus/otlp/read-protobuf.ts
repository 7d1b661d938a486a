/**
 * OTLP as protobuf: https://github.com/open-telemetry/opentelemetry-proto, trace/v1/trace.proto and common/v1/common.proto.
 * Only the fields that are used are read; their numbers stand beside them. The reader checks every length.
 */
import protobuf from "protobufjs/minimal.js";
import type { SpanLink } from "../../../core/model/span.ts";
import { type Attributes, RESOURCE_NAMES, SPAN_NAMES, type AttributeValue } from "./attributes.ts";
import { MOST_LINKS, type OnSpan, type RawSpan } from "./raw-span.ts";

type Reader = protobuf.Reader;
/** Reads one field, or says that it isn't wanted. */
type ReadField = (reader: Reader, field: number, wire: number) => boolean;

const [VARINT, FIXED64, BYTES] = [0, 1, 2] as const;

/** Throws what the reader throws. */
export function readProtobuf(body: Uint8Array, onSpan: OnSpan): void {
  const reader = protobuf.Reader.create(body);
  readFields(reader, body.length, (_, field, wire) => {
    if (field !== 1 || wire !== BYTES) return false;
    readResourceSpans(reader, onSpan);
    return true;
  });
}

function readResourceSpans(reader: Reader, onSpan: OnSpan): void {
  // The resource may stand behind its spans: these are read last.
  let resource: Attributes = new Map();
  const scopes: { readonly from: number; readonly to: number }[] = [];
  const end = endOf(reader);
  readFields(reader, end, (_, field, wire) => {
    if (wire !== BYTES || field > 2) return false;
    if (field === 1) resource = readAttributes(reader, endOf(reader), 1, RESOURCE_NAMES);
    else {
      const to = endOf(reader);
      scopes.push({ from: reader.pos, to });
      reader.pos = to;
    }
    return true;
  });
  for (const { from, to } of scopes) {
    reader.pos = from;
    readFields(reader, to, (__, field, wire) => {
      if (field !== 2 || wire !== BYTES) return false;
      onSpan(readSpan(reader), resource);
      return true;
    });
  }
  reader.pos = end;
}

function readSpan(reader: Reader): RawSpan {
  const span: RawSpan = { traceId: "", spanId: "", parentSpanId: "", name: "", kind: 0, start: 0, end: 0, statusCode: 0, attributes: new Map(), links: [] };
  const [attributes, links] = [new Map<string, AttributeValue>(), [] as SpanLink[]];
  readFields(reader, endOf(reader), (_, field, wire) => {
    if (wire === BYTES && (field === 9 || field === 13)) {
      if (field === 9) readAttribute(reader, SPAN_NAMES, attributes);
      else links.push(readLink(reader));
      return true;
    }
    return readSpanField(span, reader, field, wire);
  });
  return { ...span, attributes, links: links.slice(0, MOST_LINKS) };
}

function readSpanField(span: RawSpan, reader: Reader, field: number, wire: number): boolean {
  if (wire === FIXED64 && (field === 7 || field === 8)) span[field === 7 ? "start" : "end"] = readNanoseconds(reader) / 1e6;
  else if (wire === VARINT && field === 6) span.kind = reader.uint32();
  else if (wire !== BYTES) return false;
  else if (field === 1) span.traceId = readHex(reader);
  else if (field === 2) span.spanId = readHex(reader);
  else if (field === 4) span.parentSpanId = readHex(reader);
  else if (field === 5) span.name = reader.string();
  else if (field === 15) span.statusCode = readStatus(reader);
  else return false;
  return true;
}

function readStatus(reader: Reader): number {
  let code = 0;
  readFields(reader, endOf(reader), (_, field, wire) => {
    if (field !== 3 || wire !== VARINT) return false;
    code = reader.uint32();
    return true;
  });
  return code;
}

function readLink(reader: Reader): SpanLink {
  const ids = { trace: "", span: "" };
  readFields(reader, endOf(reader), (_, field, wire) => {
    if (wire !== BYTES || field > 2) return false;
    ids[field === 1 ? "trace" : "span"] = readHex(reader);
    return true;
  });
  return ids;
}

function readAttributes(reader: Reader, end: number, list: number, wanted: ReadonlySet<string>): Attributes {
  const found = new Map<string, AttributeValue>();
  readFields(reader, end, (_, field, wire) => {
    if (field !== list || wire !== BYTES) return false;
    readAttribute(reader, wanted, found);
    return true;
  });
  return found;
}

function readAttribute(reader: Reader, wanted: ReadonlySet<string>, found: Map<string, AttributeValue>): void {
  let [key, value]: [string, AttributeValue | undefined] = ["", undefined];
  readFields(reader, endOf(reader), (_, field, wire) => {
    if (wire !== BYTES || field > 2) return false;
    if (field === 1) key = reader.string();
    else value = readValue(reader);
    return true;
  });
  if (value !== undefined && wanted.has(key)) found.set(key, value);
}

/** Lists and maps are none of what is wanted. */
function readValue(reader: Reader): AttributeValue | undefined {
  let value: AttributeValue | undefined;
  readFields(reader, endOf(reader), (_, field, wire) => {
    if (field === 1 && wire === BYTES) value = reader.string();
    else if (field === 2 && wire === VARINT) value = reader.bool();
    else if (field === 3 && wire === VARINT) value = Number(reader.int64());
    else if (field === 4 && wire === FIXED64) value = reader.double();
    else return false;
    return true;
  });
  return value;
}

function readFields(reader: Reader, end: number, read: ReadField): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (!read(reader, tag >>> 3, tag & 7)) reader.skipType(tag & 7);
  }
  if (reader.pos !== end) throw new RangeError("a field is longer than what it is in");
}

/** Of what begins here with its length. */
function endOf(reader: Reader): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError(`a length of ${length} leads out of the message`);
  return end;
}

function readHex(reader: Reader): string {
  return Buffer.from(reader.bytes()).toString("hex");
}

function readNanoseconds(reader: Reader): number {
  const low = reader.fixed32();
  return reader.fixed32() * 4_294_967_296 + low;
}
