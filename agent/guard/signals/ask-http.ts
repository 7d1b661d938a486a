/** Asks somebody else's server, by HTTP and one request at a time; whatever comes of one is an answer or a sentence. */
import { readFile } from "node:fs/promises";
import { type IncomingMessage, Agent as HttpAgent, type OutgoingHttpHeaders, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { resolve } from "node:path";
import type { Clock } from "../../../core/clock.ts";
import type { HttpSource } from "../../../core/config/http-source.ts";
import { type Result, err, ok } from "../../../core/model/result.ts";
import { limitedSignal } from "../../../core/store/consul/time-limit.ts";
import { bearerOf } from "../bearer.ts";

export interface Answer {
  readonly status: number;
  /** Of the header. */
  readonly location: string | undefined;
  readonly text: string;
}

export interface HttpAsker {
  /** Posts the form where there is one. The fault begins with what the server did: "it can't be reached". */
  ask(path: string, form: URLSearchParams | undefined, signal: AbortSignal): Promise<Result<Answer, string>>;
  close(): void;
}

const MOST_BYTES = 1024 * 1024;
/** Two clocks that are further apart mean another moment than was asked for. */
const MOST_SKEW_MS = 10_000;
/** A signal asks for a few figures at once; a guard of many services doesn't storm anybody. */
const MOST_CONNECTIONS = 8;

/** `folder`: of the agent's file. */
export function openHttpAsker(source: HttpSource, { clock, folder }: { readonly clock: Clock; readonly folder: string }): HttpAsker {
  const pool = { keepAlive: true, maxSockets: MOST_CONNECTIONS };
  const agent = source.url.startsWith("https:") ? new HttpsAgent(pool) : new HttpAgent(pool);
  return {
    async ask(path, form, signal) {
      const limit = limitedSignal(clock, { timeoutMs: source.timeout, signals: [signal] });
      try {
        const body = form?.toString();
        const posted = body === undefined ? {} : { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": Buffer.byteLength(body) };
        const headers = { Accept: "application/json", ...posted, ...(await authorization(source, folder)) };
        const ca = source.caFile === undefined ? {} : { ca: await readFile(resolve(folder, source.caFile), "utf8") };
        const { answer, date } = await send(`${source.url}${path}`, body, { agent, headers, signal: limit.signal, ...ca });
        return skewed(date, clock.now()) ?? ok(answer);
      } catch (error) {
        return err(sayFailure(error as Error, source.timeout));
      } finally {
        limit.release();
      }
    },
    close: () => agent.destroy(),
  };
}

async function authorization({ basicAuthFile, tokenFile }: HttpSource, folder: string): Promise<OutgoingHttpHeaders> {
  if (tokenFile !== undefined || basicAuthFile === undefined) return bearerOf(tokenFile, folder);
  const text = (await readFile(resolve(folder, basicAuthFile), "utf8")).trim();
  return { Authorization: `Basic ${Buffer.from(text).toString("base64")}` };
}

interface Options {
  readonly agent: HttpAgent;
  readonly headers: OutgoingHttpHeaders;
  readonly signal: AbortSignal;
  readonly ca?: string;
}

interface Received {
  readonly answer: Answer;
  readonly date: string | undefined;
}

/** A connection that had rested may be closed just as it is used: that says nothing of the server, and another is tried. */
async function send(url: string, body: string | undefined, options: Options): Promise<Received> {
  try {
    return await sendOnce(url, body, options);
  } catch (error) {
    const { code, reused } = error as SendError;
    if (code !== "ECONNRESET" || reused !== true) throw error;
    return sendOnce(url, body, options);
  }
}

type SendError = Error & { readonly code?: string; readonly reused?: boolean };

/** Rejects with what went wrong on the way. Redirects are not followed: they would carry the token to somebody else. */
async function sendOnce(url: string, body: string | undefined, options: Options): Promise<Received> {
  return await new Promise((answer, fail) => {
    const open = url.startsWith("https:") ? requestHttps : requestHttp;
    const request = open(url, { ...options, method: body === undefined ? "GET" : "POST" }, (response) => {
      const { headers, statusCode: status = 0 } = response;
      collect(response).then((text) => answer({ answer: { status, location: headers.location, text }, date: headers.date }), fail);
    });
    request.on("error", (error) => fail(Object.assign(error, { reused: request.reusedSocket })));
    request.end(body);
  });
}

async function collect(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new Error(`its answer is longer than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function skewed(date: string | undefined, now: number): Result<never, string> | undefined {
  const apart = date === undefined ? Number.NaN : Math.abs(Date.parse(date) - now);
  return apart > MOST_SKEW_MS ? err(`its clock and this host's are ${Math.round(apart / 1000)} s apart: set them right`) : undefined;
}

function sayFailure(error: Error & { readonly code?: string; readonly path?: string }, timeout: number): string {
  if (error.name === "TimeoutError" || (error.cause as Error | undefined)?.name === "TimeoutError") return `it doesn't answer within ${timeout} ms`;
  if (error.name === "AbortError") return "nobody waits for its answer any more";
  if (error.path !== undefined && error.code !== undefined) return `${error.path} can't be read (${error.code})`;
  if (error.code === "ECONNRESET" || error.message === "aborted") return "it broke off its answer";
  return error.code === undefined ? error.message : `it can't be reached (${error.code})`;
}
