/** Something between a program and Consul that counts the program's transactions, and has it killed at one of them. */
import { Agent, type IncomingMessage, type ServerResponse, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** The n-th transaction, and whether Consul still gets it. */
export interface Deadline {
  readonly at: number;
  readonly when: "before" | "after";
  kill(): void;
}

export interface DeadlyProxy {
  readonly address: string;
  /** Counts from here on. Whatever comes after the killing is never answered. */
  arm(deadline: Deadline | undefined): void;
  transactions(): number;
  close(): Promise<void>;
}

export async function startDeadlyProxy(consul: string): Promise<DeadlyProxy> {
  const [host = "", port = ""] = consul.split(":");
  const agent = new Agent({ keepAlive: true });
  let armed: Deadline | undefined;
  let count = 0;
  const forward = (asked: IncomingMessage, answer: ServerResponse, isLast: boolean): void => {
    const onward = request({ host, port, agent, method: asked.method, path: asked.url, headers: asked.headers }, (answered) => {
      if (isLast) {
        answered.resume();
        return armed?.kill();
      }
      answer.writeHead(answered.statusCode ?? 500, answered.headers);
      answered.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  };
  const server = createServer((asked, answer) => {
    if (asked.url?.startsWith("/v1/txn") === true) count += 1;
    if (armed === undefined || count < armed.at) return forward(asked, answer, false);
    if (count > armed.at) return;
    if (armed.when === "after") return forward(asked, answer, true);
    armed.kill();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    arm(deadline) {
      armed = deadline;
      count = 0;
    },
    transactions: () => count,
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
