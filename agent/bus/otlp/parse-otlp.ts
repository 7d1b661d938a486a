/** A message from a bus as spans: OTLP, JSON or protobuf, whichever it is. */
import { messageOf } from "../../../core/model/message-of.ts";
import { type Result, err, ok } from "../../../core/model/result.ts";
import type { Span } from "../../../core/model/span.ts";
import { readJson } from "./read-json.ts";
import { readProtobuf } from "./read-protobuf.ts";
import { type Share, toSpan } from "./to-span.ts";

export interface OtlpLimits {
  readonly bytes: number;
  readonly spans: number;
}

export interface OtlpMessage {
  readonly spans: readonly Span[];
  /** Spans that can't be used: without a service, an id or a time. */
  readonly unusable: number;
}

const BRACE = 0x7b;

/** The fault is a sentence: why it is no such message. */
export function parseOtlp(body: Uint8Array, limits: OtlpLimits, share: Share): Result<OtlpMessage, string> {
  if (body.length > limits.bytes) return err(`it has ${body.length} bytes; the limit is ${limits.bytes}`);
  const spans: Span[] = [];
  let [count, unusable] = [0, 0];
  try {
    const onSpan = (...[raw, resource]: Parameters<Parameters<typeof readJson>[1]>): void => {
      count += 1;
      if (count > limits.spans) throw new RangeError(`it has more than ${limits.spans} spans`);
      const span = toSpan(raw, resource, share);
      if (span === undefined) unusable += 1;
      else spans.push(span);
    };
    // A protobuf message begins with the tag of its first field, which is no brace.
    if (body[0] === BRACE) readJson(new TextDecoder("utf-8", { fatal: true }).decode(body), onSpan);
    else readProtobuf(body, onSpan);
  } catch (error) {
    return err(`it is no OTLP, JSON or protobuf: ${messageOf(error).slice(0, 200)}`);
  }
  return ok({ spans, unusable });
}
