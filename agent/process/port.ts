import { createServer } from "node:net";

/** How many ports back are not given again: clients may hold them a little longer. */
const REMEMBERED = 32;

/**
 * A port of the loopback that nobody listens on now and that is none of `given`, to which it is added. Whether it stays
 * free is judged by who owns the socket later (port-owner.ts).
 */
export async function takePort(given: Set<number>): Promise<number> {
  for (;;) {
    const port = await bind(0);
    if (port === undefined || given.has(port)) continue;
    given.add(port);
    for (const oldest of [...given].slice(0, -REMEMBERED)) given.delete(oldest);
    return port;
  }
}

export async function isPortFree(port: number): Promise<boolean> {
  return (await bind(port)) !== undefined;
}

/** Takes the port for a moment and answers its number. */
function bind(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : undefined));
    });
  });
}
