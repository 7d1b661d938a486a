/** A road to Consul on which connections are counted, cut and made deaf. */
import { Transform } from "node:stream";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";

export interface Forwarder {
  readonly address: string;
  /** The most that stood at once. */
  readonly most: () => number;
  readonly accepted: () => number;
  /** Resets every connection that stands. */
  cut(): void;
  /** While stalled, connections stand and are taken, and nothing arrives: what is sent comes when it is over, as TCP repeats it. */
  stall(isStalled: boolean): void;
  /** As when the other end vanished: connections that stand stay silent for ever and are never reset; new ones are fine. */
  lose(): void;
  stop(): Promise<void>;
}

export async function startForwarder(target: string): Promise<Forwarder> {
  const [host = "", port = ""] = target.split(":");
  const standing = new Set<Socket>();
  const lost = new WeakSet<Socket>();
  const held: (() => void)[] = [];
  let most = 0;
  let accepted = 0;
  let stalled = false;
  /** Endings wait as bytes do: a connection that is lost isn't closed either. */
  const gate = (near: Socket): Transform => {
    const pass = (go: () => void): void => {
      if (lost.has(near)) return;
      if (stalled) held.push(() => pass(go));
      else go();
    };
    return new Transform({ transform: (chunk, _encoding, done) => pass(() => done(null, chunk)), flush: (done) => pass(done) });
  };
  const server = createServer((near) => {
    accepted += 1;
    standing.add(near);
    most = Math.max(most, standing.size);
    const far = connect(Number(port), host);
    near.on("error", () => near.destroy()).on("close", () => {
      standing.delete(near);
      far.destroy();
    });
    far.on("error", () => {
      if (!stalled && !lost.has(near)) near.destroy();
    });
    near.pipe(gate(near)).pipe(far);
    far.pipe(gate(near)).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of standing) socket.resetAndDestroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    most: () => most,
    accepted: () => accepted,
    cut,
    stall: (isStalled) => {
      stalled = isStalled;
      if (!isStalled) held.splice(0).forEach((go) => go());
    },
    lose: () => standing.forEach((near) => lost.add(near)),
    stop: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
