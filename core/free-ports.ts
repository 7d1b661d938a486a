/**
 * Ports of the loopback for processes that bind them a moment later, or must come back on them. Asking the kernel for
 * port 0 gives one from the range that it also hands to outgoing connections, so that any client could take it
 * meanwhile: these come from below that range (Linux: from 32768; macOS, Windows: from 49152), and are the ones that
 * Nomad takes for its dynamic ports. Two processes can still pick the same, so whoever uses one starts over when it is taken.
 */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

const FIRST = 20_000;
const LAST = 32_000;
const MOST_TRIES = 1_000;

/** Nobody listens on it now. Undefined where none of a thousand was free and wanted. */
export async function findFreePort(isWanted: (port: number) => boolean): Promise<number | undefined> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const port = randomInt(FIRST, LAST);
    if (isWanted(port) && (await isPortFree(port))) return port;
  }
  return undefined;
}

/** Different ones. Throws where there aren't so many. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = await findFreePort((candidate) => !found.has(candidate));
    if (port === undefined) throw new Error(`no ${count} free ports between ${FIRST} and ${LAST} on 127.0.0.1`);
    found.add(port);
  }
  return [...found];
}

/** Whether 127.0.0.1 can be listened on there: takes it for a moment. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
