import { connect } from "node:net";

/** A service that listens on `localhost` is found on ::1 on some hosts. */
const HOSTS = ["127.0.0.1", "::1"];
const CONNECT_MS = 2_000;

/** Where on this host a port takes connections; undefined where it doesn't. */
export async function findHost(port: number): Promise<string | undefined> {
  for (const host of HOSTS) if (await answers(host, port)) return host;
  return undefined;
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
    socket.setTimeout(CONNECT_MS, () => end(false));
  });
}
