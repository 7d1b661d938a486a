/** One call as a service recorded it, read from an OpenTelemetry span. Times are milliseconds since 1970, with fractions. */

export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";

export interface SpanLink {
  readonly trace: string;
  readonly span: string;
}

export interface Span {
  readonly trace: string;
  readonly span: string;
  readonly parent: string | undefined;
  readonly kind: SpanKind;
  /** What was called or done. */
  readonly name: string;
  readonly service: string;
  /** Empty where the service doesn't say. */
  readonly version: string;
  /** The instance or host that recorded it. */
  readonly host: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly failed: boolean;
  /** Whom the caller means to reach: a service, or with messages the queue. */
  readonly peer: string | undefined;
  /** Where the caller sent it: host and port. */
  readonly address: string | undefined;
  /** The database that is called: no span of its own is to be waited for. */
  readonly database: string | undefined;
  /** With messages: until when somebody must have answered. */
  readonly deadline: number | undefined;
  /** With messages that are taken in batches, or in a trace of their own: where they were sent. */
  readonly links: readonly SpanLink[];
}
