import { type Socket, connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { now } from "../measure/now.ts";

const REQUEST = "GET /checkout/basket?id=7 HTTP/1.1\r\nHost: shop\r\nUser-Agent: bench\r\nAccept: */*\r\nCookie: theme=dark; user=u7\r\nX-Request-Id: 0123456789abcdef\r\n\r\n";
const BODY_BYTES = 1024;

export interface Connection {
  /** Resolves with the body when the whole answer is there. */
  ask(): Promise<string>;
  isOpen(): boolean;
  end(): void;
}

/** As cheap as can be, so that the client is not what is measured. */
export function openConnection(port: number): Connection {
  const socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let heard = "";
  let done: { resolve(body: string): void; reject(error: Error): void } | undefined;
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    heard += chunk;
    const head = heard.indexOf("\r\n\r\n");
    if (head === -1 || heard.length < head + 4 + BODY_BYTES) return;
    const isGood = heard.startsWith("HTTP/1.1 200 ");
    const body = heard.slice(head + 4, head + 4 + BODY_BYTES);
    heard = heard.slice(head + 4 + BODY_BYTES);
    if (isGood) done?.resolve(body);
    else done?.reject(new Error(`not a good answer`));
  });
  socket.on("error", (error) => done?.reject(error)).on("close", () => done?.reject(new Error("the connection ended")));
  return {
    ask: () =>
      new Promise((resolve, reject) => {
        done = { resolve, reject };
        socket.write(REQUEST);
      }),
    isOpen: () => !socket.destroyed && socket.readable,
    end: () => void socket.destroy(),
  };
}

/** As many as it takes: so many connections, each asking again at once. Requests per second. */
export async function saturate(port: number, connections: number, ms: number): Promise<number> {
  const open = Array.from({ length: connections }, () => openConnection(port));
  const startedAt = now();
  let count = 0;
  await Promise.all(open.map(async (connection) => {
    while (now() - startedAt < ms) {
      await connection.ask();
      count += 1;
    }
  }));
  const took = now() - startedAt;
  for (const connection of open) connection.end();
  return (count / took) * 1_000;
}

/** At a steady rate, whatever becomes of the requests before: milliseconds from when each was due to its answer. */
export async function steady(port: number, perSecond: number, ms: number): Promise<readonly number[]> {
  const idle: Connection[] = [];
  const times: number[] = [];
  const underWay: Promise<void>[] = [];
  const startedAt = now();
  const askOne = async (dueAt: number): Promise<void> => {
    let connection = idle.pop();
    // One that rested until the front closed it.
    while (connection?.isOpen() === false) connection = idle.pop();
    connection ??= openConnection(port);
    await connection.ask();
    times.push(now() - dueAt);
    idle.push(connection);
  };
  for (let number = 0; now() - startedAt < ms; ) {
    for (; startedAt + (number * 1_000) / perSecond <= now(); number += 1) underWay.push(askOne(startedAt + (number * 1_000) / perSecond));
    await pause(1);
  }
  await Promise.all(underWay);
  for (const connection of idle) connection.end();
  return times;
}
