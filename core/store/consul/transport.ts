/** One HTTP request and what became of it. Two ways to make it: package-transport.ts and blocking-transport.ts. */
import type { IncomingHttpHeaders } from "node:http";
import type { Result } from "../../model/result.ts";

export interface HttpRequest {
  readonly method: "GET" | "PUT";
  /** Under the address's path prefix, `/v1/…`, encoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
  readonly timeoutMs: number;
  /** Any of them ends it. */
  readonly signals: readonly AbortSignal[];
}

/** Whatever came back, of any status. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface TransportFailure {
  /** `oversized`: the answer was longer than is read, and was cut off. */
  readonly kind: "aborted" | "timed-out" | "broken" | "oversized";
  /** On a connection that stood: Consul may have seen the request. */
  readonly sent: boolean;
  /** The connection had carried a request before, so that its other end may have left meanwhile. */
  readonly reused: boolean;
  /** Headers of an answer had come. */
  readonly answered: boolean;
  readonly code?: string | undefined;
  readonly message: string;
}

export type Transport = (request: HttpRequest) => Promise<Result<Answer, TransportFailure>>;
