/**
 * The part of the `consul` package that we use: its raw request. Its typed calls know no namespace, lose the answer's
 * status and headers, and read a failed check as `undefined`; its types don't mention the raw request, hence this file.
 */
import type { EventEmitter } from "node:events";
import type { Agent, IncomingMessage } from "node:http";
import Consul from "consul";

export interface RawRequest {
  /** Only for messages. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body?: Buffer;
  readonly agent: Agent;
  /** Cancelled by emitting `cancel`. */
  readonly ctx: EventEmitter;
  /** Bytes as they came, undecoded. */
  readonly buffer: true;
}

/** `res` stands for answers of every status; `err` for those outside 2xx as well. */
interface RawExchange {
  readonly err?: Error;
  readonly res?: IncomingMessage & { readonly body?: Buffer };
}

type Middleware = (exchange: RawExchange, next: (error: Error | false | undefined, _?: undefined, value?: unknown) => void) => void;

export interface RawClient {
  _request(request: RawRequest, after: Middleware): Promise<unknown>;
}

type RawConsul = new (options: { readonly baseUrl: URL; readonly agent: Agent }) => RawClient;

export function createRawClient(baseUrl: URL, agent: Agent): RawClient {
  return new (Consul as unknown as RawConsul)({ baseUrl, agent });
}
