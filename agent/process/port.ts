import { findFreePort } from "../../core/free-ports.ts";

/** How many ports back are not given again: clients may hold them a little longer. */
const REMEMBERED = 32;

/**
 * A port of the loopback that nobody listens on now and that is none of `given`, to which it is added. Whether it stays
 * free is judged by who owns the socket later (port-owner.ts). Undefined where there is none.
 */
export async function takePort(given: Set<number>): Promise<number | undefined> {
  const port = await findFreePort((candidate) => !given.has(candidate));
  if (port === undefined) return undefined;
  given.add(port);
  for (const oldest of [...given].slice(0, -REMEMBERED)) given.delete(oldest);
  return port;
}
