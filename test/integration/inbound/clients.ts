import { Agent, request } from "node:http";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface Load {
  readonly answers: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
  /** Ends when what is under way has ended. */
  end(): Promise<void>;
}

type Ask = () => Promise<string>;

/** Each asks one after the other, `everyMs` apart. */
function load(asks: readonly Ask[], everyMs: number, close: () => void): Load {
  const answers: Record<string, number> = {};
  const failures: string[] = [];
  const over = new AbortController();
  const run = async (ask: Ask): Promise<void> => {
    while (!over.signal.aborted) {
      try {
        const answer = await ask();
        answers[answer] = (answers[answer] ?? 0) + 1;
      } catch (error) {
        failures.push(`${new Date().toISOString()} ${String(error)}`);
      }
      await pause(everyMs);
    }
  };
  const running = asks.map(run);
  return {
    answers,
    failures,
    async end() {
      over.abort();
      await Promise.all(running);
      close();
    },
  };
}

export const total = ({ answers }: Load): number => Object.values(answers).reduce((sum, count) => sum + count, 0);

/** Clients that keep one connection each; every other request is a POST, which nobody may send twice. */
export function httpLoad(port: number, clients: number, everyMs = 5): Load {
  const agents = Array.from({ length: clients }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  let number = 0;
  return load(agents.map((agent) => () => get(port, agent, (number += 1) % 2 === 0 ? "GET" : "POST")), everyMs, () => agents.forEach((agent) => agent.destroy()));
}

function get(port: number, agent: Agent, method: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent, port, method, host: "127.0.0.1", path: "/", timeout: 30_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk)).on("error", reject);
      response.on("end", () => (response.statusCode === 200 ? resolve(text.trim()) : reject(new Error(`${method}: HTTP ${response.statusCode} ${text}`))));
    });
    asked.on("timeout", () => asked.destroy(new Error(`${method}: no answer within 30 s`)));
    asked.on("error", reject);
    asked.end(method === "POST" ? "body" : undefined);
  });
}

const ROUNDS = 10;

/** Connections of a few rounds each, so that many are open across every switch; ended by the client, half first. */
export function tcpLoad(port: number, clients: number, everyMs = 5): Load {
  return load(Array.from({ length: clients }, () => () => converse(port)), everyMs, () => undefined);
}

function converse(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let heard = "";
    let said = 0;
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      heard += chunk;
      // The greeting, then each word as it comes back.
      if (heard.split(" ").length - 1 <= said) return;
      said += 1;
      setTimeout(() => (said <= ROUNDS ? socket.write(`${said} `) : socket.end()), 5);
    });
    socket.on("error", reject).on("end", () => {
      const [version = "", ...words] = heard.trim().split(" ");
      if (words.join(" ") === Array.from({ length: ROUNDS }, (_, index) => index + 1).join(" ")) resolve(version);
      else reject(new Error(`heard only ${JSON.stringify(heard)}`));
    });
    socket.setTimeout(30_000, () => socket.destroy(new Error("silent for 30 s")));
  });
}
