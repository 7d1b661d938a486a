/** One call to Consul: time limit, one retry where that is safe, failures as faults. Statuses are the operation's business. */
import type { Outcome } from "../../model/fault.ts";
import { err } from "../../model/result.ts";
import type { CallOptions } from "../port.ts";
import { type Asked, faultOfFailure, isStaleConnection } from "./failures-as-faults.ts";
import type { Answer, HttpRequest, Transport } from "./transport.ts";

export interface Question {
  /** For messages. */
  readonly operation: string;
  readonly key?: string | undefined;
  readonly method: "GET" | "PUT";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly body?: Buffer | undefined;
}

/** An answer and what was asked, for whoever has to say what is wrong with it. */
export interface Answered {
  readonly asked: Asked;
  readonly answer: Answer;
}

export type Call = (question: Question, options?: CallOptions) => Promise<Outcome<Answered>>;

export interface CallDeps {
  readonly transport: Transport;
  readonly query: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Ends every call. */
  readonly closed: AbortSignal;
  /** Why an answer to a read can't be believed. */
  readonly doubt?: ((answer: Answer) => string | undefined) | undefined;
  /** Those that are believed. */
  readonly onAnswer?: ((answer: Answer) => void) | undefined;
}

export function createCall({ transport, query, timeoutMs: defaultMs, closed, doubt, onAnswer }: CallDeps): Call {
  return async (question, { signal, timeoutMs = defaultMs } = {}) => {
    const asked: Asked = { operation: question.operation, key: question.key, writes: question.method === "PUT", timeoutMs };
    if (closed.aborted || signal?.aborted === true) return err({ kind: "aborted", operation: asked.operation });
    const request: HttpRequest = { method: question.method, path: question.path, query: { ...query, ...question.query }, body: question.body, timeoutMs, signals: signal === undefined ? [closed] : [closed, signal] };
    let answered = await transport(request);
    if (!answered.ok && !asked.writes && isStaleConnection(answered.fault)) answered = await transport(request);
    if (!answered.ok) return err(faultOfFailure(asked, answered.fault));
    const doubted = asked.writes ? undefined : doubt?.(answered.value);
    if (doubted !== undefined) return err({ kind: "bad-answer", operation: asked.operation, key: asked.key, cause: doubted });
    onAnswer?.(answered.value);
    return { ok: true, value: { asked, answer: answered.value } };
  };
}
