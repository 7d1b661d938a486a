/** Stands where Consul should and answers as it is told, byte by byte. */
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";

export interface AnsweringServer {
  readonly address: string;
  /** Request lines, in the order they came. */
  readonly requests: string[];
  readonly connections: () => number;
  stop(): Promise<void>;
}

/** Called for every request (its head); what it does with the socket is the answer. */
export type Answering = (socket: Socket, head: string, at: number) => void;

export async function startAnswering(answer: Answering): Promise<AnsweringServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server: Server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (bytes) => {
      const text = bytes.toString("latin1");
      if (!/^(GET|PUT) /.test(text)) return;
      requests.push(text.slice(0, text.indexOf("\r\n")));
      answer(socket, text, requests.length - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => accepted,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function httpAnswer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = { "content-length": String(Buffer.byteLength(body)), ...headers };
  return `HTTP/1.1 ${status} Whatever\r\n${Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}

export const always = (status: number, body: string, headers?: Readonly<Record<string, string>>): Answering => (socket) => socket.write(httpAnswer(status, body, headers));
