import { type Socket, connect } from "node:net";
import { breakOff } from "./break-off.ts";
import { joinStreams } from "./join-streams.ts";
import { type ProxyDeps, awaitUpstream } from "./proxy.ts";
import { NONE_TRIED, type Upstream, withTried } from "./upstream.ts";

const LOOK_EVERY_MS = 25;

/** One connection of any protocol, from its beginning to the end of both directions. `client` was accepted with its reading paused. */
export async function serveConnection(client: Socket, deps: ProxyDeps): Promise<void> {
  const { clock } = deps;
  const gone = new AbortController();
  client.on("error", () => gone.abort()).once("close", () => gone.abort());
  const deadline = clock.monotonic() + deps.holdMs();
  let tried = NONE_TRIED;
  for (;;) {
    const upstream = await awaitUpstream(deps, undefined, deadline, gone.signal, tried);
    if (typeof upstream === "string") return breakOff(client);
    if (await carry(client, upstream, deps)) return;
    deps.onUnanswered(upstream, "refused");
    tried = withTried(tried, upstream);
    // It takes no connection now: nothing was sent, so another try does no harm.
    if (clock.monotonic() >= deadline || gone.signal.aborted) return breakOff(client);
    await clock.sleep(LOOK_EVERY_MS, gone.signal);
  }
}

/** Whether there was a connection, which has ended now. */
async function carry(client: Socket, upstream: Upstream, { onConnected, traffic }: ProxyDeps): Promise<boolean> {
  const server = connect({ host: upstream.host, port: upstream.port, allowHalfOpen: true, noDelay: true });
  const leave = traffic.enter(upstream, {
    cut: () => {
      breakOff(server);
      breakOff(client);
    },
  });
  const connected = await new Promise<boolean>((resolve) => {
    server.once("connect", () => resolve(true)).once("error", () => resolve(false)).once("close", () => resolve(false));
  });
  if (connected) onConnected(upstream);
  if (connected && !client.destroyed) await joinStreams(client, server);
  else server.destroy();
  leave();
  return connected;
}
