/** NATS: a subject, of which each agent that guards gets every message. There is nothing to acknowledge, and nowhere to put what can't be read. */
import { type NatsConnection, connect as connectNats, tokenAuthenticator, usernamePasswordAuthenticator } from "@nats-io/transport-node";
import { messageOf } from "../../core/model/message-of.ts";
import type { BusDeps } from "./bus.ts";
import { readAccess } from "./credentials.ts";
import { type Turns, inTurns } from "./in-turns.ts";
import type { Connected } from "./keep-connected.ts";

const CONNECT_MS = 10_000;
const PING_MS = 10_000;
const CLOSE_MS = 1_000;

export async function connect(deps: BusDeps): Promise<Connected> {
  const { clock, folder, instance, settings } = deps;
  const { ca, credentials } = await readAccess(settings, folder);
  const connection = await connectNats({
    servers: settings.url,
    name: `rollpin ${instance}`,
    // Credentials are read anew for each connection, and there is one place that paces.
    reconnect: false,
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    maxPingOut: 2,
    ...(ca === undefined ? {} : { tls: { ca } }),
    ...(credentials === undefined ? {} : { authenticator: credentials.user === undefined ? tokenAuthenticator(credentials.password) : usernamePasswordAuthenticator(credentials.user, credentials.password) }),
  }).catch((error: unknown) => Promise.reject(new Error(`NATS: ${messageOf(error)}`)));
  const turns = inTurns<Uint8Array>(deps.take, clock);
  const refused = subscribe(connection, settings, turns);
  return {
    ended: Promise.race([refused, connection.closed().then((error) => `NATS: the connection was closed${error === undefined ? "" : `: ${error.message}`}`)]),
    close: async () => {
      turns.end();
      await Promise.race([connection.close().catch(() => undefined), clock.sleep(CLOSE_MS)]);
    },
  };
}

/** Resolves where the subject may not be listened to. */
function subscribe(connection: NatsConnection, { subject = "" }: BusDeps["settings"], turns: Turns<Uint8Array>): Promise<string> {
  return new Promise((resolve) => {
    connection.subscribe(subject, {
      callback: (error, message) => {
        if (error !== null) resolve(`NATS: ${error.message}`);
        else turns.put(message.data, message.data.length);
      },
    });
  });
}
