/** The agents' road to Consul: it can be cut, slow, or swallow everything without a word. */
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export type Weather = "clear" | "slow" | "black-hole";

export interface Road {
  readonly address: string;
  /** For what is sent from now on. A connection that lost something in a black hole is reset when the weather clears. */
  set(weather: Weather): void;
  /** Resets every connection that stands. */
  cut(): void;
  stop(): Promise<void>;
}

const SLOW_MS = 150;

export async function openRoad(target: string): Promise<Road> {
  const [host = "", port = ""] = target.split(":");
  const standing = new Set<Socket>();
  const swallowed = new Set<Socket>();
  let weather: Weather = "clear";
  const carry = async (from: Socket, to: Socket, near: Socket): Promise<void> => {
    for await (const bytes of from) {
      if (weather === "slow") await pause(SLOW_MS);
      if (weather === "black-hole") swallowed.add(near);
      if (!swallowed.has(near)) to.write(bytes as Buffer);
    }
  };
  const server = createServer((near) => {
    standing.add(near);
    const far = connect(Number(port), host);
    const end = (): void => {
      standing.delete(near);
      swallowed.delete(near);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on("error", end).on("close", end);
    carry(near, far, near).then(end, end);
    carry(far, near, near).then(end, end);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const reset = (sockets: ReadonlySet<Socket>): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    set(next) {
      weather = next;
      if (next !== "black-hole") reset(swallowed);
    },
    cut: () => reset(standing),
    async stop() {
      reset(standing);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
