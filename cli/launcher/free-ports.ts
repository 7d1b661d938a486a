/**
 * Ports for servers that must come back on the same port after a kill. Asking the kernel for port 0 gives one from the
 * range it also hands to outgoing connections, so that any client could take it while the server is down: these come
 * from below that range (Linux: from 32768; macOS, Windows: from 49152). Two processes can still pick the same port,
 * so whoever uses one starts over on "address already in use".
 */
import { createServer } from "node:net";

const FIRST = 15_000;
const LAST = 32_000;

export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries += 1) {
    if (tries > 1_000) throw new Error(`no ${count} free ports between ${FIRST} and ${LAST} on 127.0.0.1`);
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
