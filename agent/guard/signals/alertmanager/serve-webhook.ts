/** The HTTP that Alertmanager's webhook comes to: who may speak, how much, and how soon. What is said is the caller's. */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { parseListen } from "../../../../core/config/values.ts";
import { messageOf } from "../../../../core/model/message-of.ts";
import { type Result, err, ok } from "../../../../core/model/result.ts";
import type { Gate } from "../../../local-http/gate.ts";

export interface WebhookAnswer {
  readonly status: number;
  /** One line. */
  readonly message: string;
}

export interface WebhookDeps {
  /** Absent where a certificate is asked for instead. */
  readonly gate: Gate | undefined;
  readonly tls: TlsFiles | undefined;
  readonly take: (body: string) => WebhookAnswer;
  /** Whatever was answered, for those who count; what was refused, with its reason. */
  readonly onAnswered: (answer: WebhookAnswer) => void;
}

/** PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

export interface WebhookServer {
  /** With the port that was really taken. */
  readonly address: string;
  /** A sentence where these can't be used: the former stay. */
  renew(tls: TlsFiles): string | undefined;
  close(): Promise<void>;
}

export const WEBHOOK_PATH = "/v1/alerts";
const MOST_BYTES = 1024 * 1024;
/** Bodies that are read at the same time. */
const MOST_AT_ONCE = 16;
const MOST_CONNECTIONS = 128;
const PATIENCE_MS = 5_000;
const MOST_HEADER_BYTES = 8 * 1024;

/** The fault is a sentence. Throws what TLS says of files that can't be used. */
export async function serveWebhook(listen: string, deps: WebhookDeps): Promise<Result<WebhookServer, string>> {
  const parsed = parseListen(listen);
  if (!parsed.ok || parsed.value.kind === "unix") return err(parsed.ok ? "a webhook comes to a port" : parsed.fault);
  const { host, port } = parsed.value;
  const server = createWebhookServer(deps);
  const fault = await new Promise<Error | undefined>((settle) => {
    server.once("error", settle);
    server.listen({ host, port }, () => settle(undefined));
  });
  if (fault !== undefined) return err(`${listen} can't be listened on: ${fault.message}`);
  const { address, port: taken } = server.address() as AddressInfo;
  return ok({
    address: address.includes(":") ? `[${address}]:${taken}` : `${address}:${taken}`,
    renew(tls) {
      try {
        if ("setSecureContext" in server) server.setSecureContext(tls);
        return undefined;
      } catch (error) {
        return `a new certificate can't be used: ${messageOf(error)}`;
      }
    },
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  });
}

function createWebhookServer(deps: WebhookDeps): Server | ReturnType<typeof createSecureServer> {
  const limits = { headersTimeout: PATIENCE_MS, requestTimeout: PATIENCE_MS, keepAliveTimeout: 75_000, connectionsCheckingInterval: PATIENCE_MS / 5, maxHeaderSize: MOST_HEADER_BYTES };
  const place = { taken: 0 };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    answerTo(request, deps, place).then(
      (answer) => send(response, answer, deps),
      // Whoever broke off hears nothing.
      () => response.destroy(),
    );
  };
  const { tls } = deps;
  const server = tls === undefined ? createServer(limits, listener) : createSecureServer({ ...limits, ...tls, minVersion: "TLSv1.2", handshakeTimeout: PATIENCE_MS, requestCert: tls.ca !== undefined, rejectUnauthorized: tls.ca !== undefined }, listener);
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}

async function answerTo(request: IncomingMessage, { gate, take }: WebhookDeps, place: { taken: number }): Promise<WebhookAnswer> {
  const shut = await gate?.refusalOf(request.headers.authorization);
  if (shut !== undefined) return shut;
  if (request.url !== WEBHOOK_PATH) return { status: 404, message: `there is ${WEBHOOK_PATH}: write it behind the address in webhook_configs` };
  if (request.method !== "POST") return { status: 405, message: "only POST: this is for Alertmanager's webhook" };
  if (request.headers["content-encoding"] !== undefined) return { status: 415, message: "only a body that isn't compressed" };
  if (Number(request.headers["content-length"] ?? 0) > MOST_BYTES) return TOO_LARGE;
  if (place.taken >= MOST_AT_ONCE) return { status: 429, message: `more than ${MOST_AT_ONCE} at a time: try again in a second` };
  place.taken += 1;
  try {
    const body = await readBody(request);
    return body === undefined ? TOO_LARGE : take(body);
  } finally {
    place.taken -= 1;
  }
}

const TOO_LARGE: WebhookAnswer = { status: 413, message: `the body is longer than ${MOST_BYTES} bytes: set max_alerts in webhook_configs, or group by more labels` };

/** Undefined where it is too long: what is left of it is not read. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  return await new Promise((answer, fail) => {
    request.on("data", (part: Buffer) => {
      bytes += part.length;
      if (bytes > MOST_BYTES) {
        request.pause();
        answer(undefined);
      } else parts.push(part);
    });
    request.once("end", () => answer(Buffer.concat(parts).toString("utf8")));
    request.once("error", fail);
    request.once("close", () => fail(new Error("it broke off")));
  });
}

const HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = { 401: { "WWW-Authenticate": "Bearer" }, 405: { Allow: "POST" }, 429: { "Retry-After": "1" } };

function send(response: ServerResponse, answer: WebhookAnswer, { onAnswered }: WebhookDeps): void {
  const { message, status } = answer;
  onAnswered(answer);
  const body = `${message}\n`;
  // What is left of a refused body is not waited for.
  const ending = status >= 400 ? { Connection: "close" } : {};
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Content-Length": Buffer.byteLength(body), ...HEADERS[status], ...ending });
  response.end(body);
}
