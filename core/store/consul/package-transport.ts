/** Requests through the `consul` package: everything but blocking queries. */
import { EventEmitter } from "node:events";
import type { Agent, ClientRequest } from "node:http";
import type { Clock } from "../../clock.ts";
import { err, ok } from "../../model/result.ts";
import { type RawRequest, createRawClient } from "./consul-package.ts";
import { describeFailure, followRequest, startProgress } from "./follow-request.ts";
import { limitBy } from "./time-limit.ts";
import type { Answer, HttpRequest, Transport, TransportFailure } from "./transport.ts";

export interface TransportOptions {
  readonly baseUrl: URL;
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Bytes of an answer beyond which it is refused. */
  readonly mostAnswerBytes: number;
}

export function createPackageTransport({ baseUrl, agent, headers, clock, mostAnswerBytes }: TransportOptions): Transport {
  const client = createRawClient(baseUrl, agent);
  return async (request) => {
    const progress = startProgress();
    const ctx = new EventEmitter();
    let ended: TransportFailure["kind"] | undefined;
    const end = (kind: TransportFailure["kind"]): void => {
      ended ??= kind;
      ctx.emit("cancel");
    };
    const release = limitBy(clock, request, end);
    try {
      const followed = followedBy(agent, (made) => followRequest(made, progress, { mostBytes: mostAnswerBytes, cut: end }));
      return ok(await exchange({ ...rawRequest(request), headers: { ...headers }, agent: followed, ctx }));
    } catch (error) {
      return err(describeFailure(ended ?? "broken", progress, inItsOwnWords(error, request.path)));
    } finally {
      release();
    }
  };

  async function exchange(request: RawRequest): Promise<Answer> {
    let answer: Answer | undefined;
    await client._request(request, ({ res, err: failed }, next) => {
      if (res?.statusCode === undefined || !res.complete) return next(failed ?? new Error("no answer"));
      answer = { status: res.statusCode, headers: res.headers, body: res.body ?? Buffer.alloc(0) };
      next(false);
    });
    if (answer === undefined) throw new Error("no answer");
    return answer;
  }
}

/** The package puts its own name and the path before what went wrong; the fault names the key already. */
function inItsOwnWords(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  error.message = error.message.replace(`consul: ${path}: `, "");
  return error;
}

function rawRequest({ method, path, query, body }: HttpRequest): Omit<RawRequest, "agent" | "ctx" | "headers"> {
  return { name: path, method, path, query: { ...query }, buffer: true, ...(body === undefined ? {} : { body }) };
}

/**
 * The package keeps its request to itself, and only the request knows whether it was sent. Every request is handed to
 * its agent, though: this one looks at it in passing and leaves the rest to the shared one.
 */
function followedBy(agent: Agent, follow: (request: ClientRequest) => void): Agent {
  const shared = agent as Agent & { addRequest(request: ClientRequest, ...rest: unknown[]): void };
  const passing: Partial<typeof shared> = {
    addRequest: (request, ...rest) => {
      follow(request);
      shared.addRequest(request, ...rest);
    },
  };
  return Object.assign(Object.create(shared) as Agent, passing);
}
