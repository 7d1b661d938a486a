/** A road to Consul on which connections are counted and cut, and which can be slow, stalled, or swallow everything without a word. */
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/**
 * `stalled`: connections stand and are taken, and nothing arrives: what is sent comes when it is over, as TCP repeats it.
 * `black-hole`: what is sent is gone, and a connection that lost something is reset when the weather changes.
 */
export type Weather = "clear" | "slow" | "stalled" | "black-hole";

export interface Road {
  readonly address: string;
  /** The most connections that stood at once. */
  readonly most: () => number;
  readonly accepted: () => number;
  /** For what is sent from now on. */
  set(weather: Weather): void;
  /** Resets every connection that stands. */
  cut(): void;
  /** As when the other end vanished: connections that stand stay silent for ever and are never reset; new ones are fine. */
  lose(): void;
  stop(): Promise<void>;
}

const SLOW_MS = 150;

export async function openRoad(target: string): Promise<Road> {
  const [host = "", port = ""] = target.split(":");
  const standing = new Set<Socket>();
  const traffic = createTraffic();
  let most = 0;
  let accepted = 0;
  const server = createServer((near) => {
    accepted += 1;
    standing.add(near);
    most = Math.max(most, standing.size);
    const far = connect(Number(port), host);
    far.on("error", () => undefined);
    near.on("error", () => undefined).on("close", () => {
      standing.delete(near);
      far.destroy();
    });
    void traffic.carry(near, far, near);
    void traffic.carry(far, near, near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of standing) socket.resetAndDestroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    most: () => most,
    accepted: () => accepted,
    set: (weather) => traffic.set(weather),
    cut,
    lose: () => standing.forEach((near) => traffic.lose(near)),
    async stop() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Traffic {
  /** All that comes from one to the other of two sockets, as the weather lets it, and that it ended; `near` stands for both. */
  carry(from: Socket, to: Socket, near: Socket): Promise<void>;
  set(weather: Weather): void;
  lose(near: Socket): void;
}

function createTraffic(): Traffic {
  const swallowed = new Set<Socket>();
  const lost = new WeakSet<Socket>();
  const held: (() => void)[] = [];
  let weather: Weather = "clear";
  /** Endings wait as bytes do: a connection that is lost isn't closed either. */
  const mayPass = (near: Socket): Promise<void> =>
    new Promise((resolve) => {
      const pass = (): void => {
        if (lost.has(near)) return;
        if (weather === "stalled") held.push(pass);
        else resolve();
      };
      pass();
    });
  const bytes = async (from: Socket, to: Socket, near: Socket): Promise<void> => {
    for await (const chunk of from) {
      await mayPass(near);
      if (weather === "slow") await pause(SLOW_MS);
      if (weather === "black-hole") swallowed.add(near);
      if (!swallowed.has(near)) to.write(chunk as Buffer);
    }
  };
  return {
    async carry(from, to, near) {
      const end = await bytes(from, to, near).then(() => () => to.end(), () => () => to.destroy());
      await mayPass(near);
      swallowed.delete(near);
      end();
    },
    set(next) {
      weather = next;
      if (next !== "stalled") held.splice(0).forEach((pass) => pass());
      if (next === "black-hole") return;
      for (const near of swallowed) near.resetAndDestroy();
      swallowed.clear();
    },
    lose: (near) => void lost.add(near),
  };
}
