/** A road to Consul on which connections are counted and can be cut. */
import { type AddressInfo, type Socket, connect, createServer } from "node:net";

export interface Forwarder {
  readonly address: string;
  /** Most at the same time, so far. */
  readonly most: () => number;
  readonly accepted: () => number;
  /** Resets every connection that stands. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startForwarder(target: string): Promise<Forwarder> {
  const [host = "", port = ""] = target.split(":");
  const standing = new Set<Socket>();
  let most = 0;
  let accepted = 0;
  const server = createServer((near) => {
    accepted += 1;
    standing.add(near);
    most = Math.max(most, standing.size);
    const far = connect(Number(port), host);
    const end = (): void => {
      standing.delete(near);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on("error", end).on("close", end);
    near.pipe(far).pipe(near);
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
    stop: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
