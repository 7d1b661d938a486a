/** A span as OTLP has it, whichever way it was encoded: what isn't needed is left out already. */
import type { SpanLink } from "../../../core/model/span.ts";
import type { Attributes } from "./attributes.ts";

export interface RawSpan {
  /** Hexadecimal. */
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  /** Milliseconds since 1970. */
  start: number;
  end: number;
  statusCode: number;
  attributes: Attributes;
  links: readonly SpanLink[];
}

/** Told span by span, so that a large message is never held twice. */
export type OnSpan = (span: RawSpan, resource: Attributes) => void;

export const MOST_LINKS = 16;
