/**
 * One request on a connection of its own. A server that is killed and restarted on the same port leaves nothing stale
 * behind, and no kept connection counts against Consul's limit per client address.
 */
import { request } from "node:http";

export interface Question {
  readonly method?: "GET" | "PUT" | "DELETE";
  readonly body?: string | Uint8Array;
  readonly token?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Rejects when Consul can't be reached, when `timeoutMs` (10 s unless said) passes, and when the signal fires. */
export function askConsul(address: string, path: string, question: Question = {}): Promise<Answer> {
  const { method = "GET", body, token, timeoutMs = 10_000, signal } = question;
  const limit = AbortSignal.timeout(timeoutMs);
  const explain = (cause: Error): Error => (limit.aborted ? new Error(`${method} http://${address}${path}: no answer within ${timeoutMs} ms`, { cause }) : cause);
  return new Promise((resolve, reject) => {
    const sent = request(
      `http://${address}${path}`,
      {
        method,
        agent: false,
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
        headers: { connection: "close", ...(token === undefined ? {} : { "x-consul-token": token }) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", (cause) => reject(explain(cause)));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
      },
    );
    sent.on("error", (cause) => reject(explain(cause)));
    sent.end(body);
  });
}
