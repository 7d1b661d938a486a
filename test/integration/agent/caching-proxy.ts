/** A proxy in front of Consul that answers reads from what it kept, whatever the client says of caches. */
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface CachingProxy {
  readonly address: string;
  /** What was kept is answered from now on; or all of it is forgotten, and Consul asked again. */
  keep(isKeeping: boolean): void;
  /** Answers that came from what was kept. */
  readonly kept: () => number;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export async function startCachingProxy(target: string): Promise<CachingProxy> {
  const [host = "", port = ""] = target.split(":");
  const answers = new Map<string, Answer>();
  let isKeeping = false;
  let kept = 0;
  const reply = (response: ServerResponse, { body, headers, status }: Answer): void => void response.writeHead(status, headers).end(body);
  const pass = (asked: IncomingMessage, response: ServerResponse): void => {
    const onward = request({ host, port, method: asked.method, path: asked.url, headers: asked.headers }, (answered) => {
      void readAll(answered).then((body) => {
        const answer = { status: answered.statusCode ?? 502, headers: answered.headers, body };
        if (isKeeping && asked.method === "GET") answers.set(asked.url ?? "", answer);
        reply(response, answer);
      }, () => response.destroy());
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    asked.pipe(onward);
  };
  const server = createServer((asked, response) => {
    const known = asked.method === "GET" ? answers.get(asked.url ?? "") : undefined;
    if (known === undefined) return pass(asked, response);
    kept += 1;
    reply(response, known);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    keep: (next) => {
      isKeeping = next;
      answers.clear();
    },
    kept: () => kept,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
