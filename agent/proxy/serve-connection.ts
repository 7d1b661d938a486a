import { type Socket, connect } from "node:net";
import { type Clock, callAfter } from "../../core/clock.ts";
import type { Unanswered } from "../../core/decide/routing/determine-retry.ts";
import { breakOff } from "./break-off.ts";
import { awaitFirstWord } from "./first-word.ts";
import { joinStreams } from "./join-streams.ts";
import { type ProxyDeps, awaitUpstream } from "./proxy.ts";
import { NONE_TRIED, type Upstream, withTried } from "./upstream.ts";
import { UNREAD_SOCKET } from "./unread-socket.ts";

const LOOK_EVERY_MS = 25;
/** A host that is gone doesn't refuse: where others are there, nobody waits for long. */
const CONNECT_MS = 2_000;

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
    const failed = await carry(client, upstream, deps);
    if (failed === undefined) return;
    deps.onUnanswered(upstream, failed);
    tried = withTried(tried, upstream);
    // It takes no connection now: nothing was sent, so another try does no harm.
    if (clock.monotonic() >= deadline || gone.signal.aborted) return breakOff(client);
    await clock.sleep(LOOK_EVERY_MS, gone.signal);
  }
}

/** Why there was no connection; undefined where there was one, which has ended now. */
async function carry(client: Socket, upstream: Upstream, deps: ProxyDeps): Promise<Unanswered["kind"] | undefined> {
  const server = connect({ host: upstream.host, port: upstream.port, ...UNREAD_SOCKET });
  const leave = deps.traffic.enter(upstream, {
    cut: () => {
      breakOff(server);
      breakOff(client);
    },
  });
  const failed = await connected(server, deps.clock);
  if (failed === undefined) deps.onConnected(upstream);
  if (failed === undefined && !client.destroyed) {
    listenTo(client, server, upstream, deps);
    await joinStreams(client, server);
  } else server.destroy();
  leave();
  return failed;
}

function connected(server: Socket, clock: Clock): Promise<Unanswered["kind"] | undefined> {
  return new Promise((resolve) => {
    const cancel = callAfter(clock, CONNECT_MS, () => resolve("late"));
    const end = (how: Unanswered["kind"] | undefined) => (): void => {
      cancel();
      resolve(how);
    };
    server.once("connect", end(undefined)).once("error", end("refused")).once("close", end("refused"));
  });
}

function listenTo(client: Socket, server: Socket, upstream: Upstream, { clock, onUnanswered, silence }: ProxyDeps): void {
  if (silence === undefined) return;
  awaitFirstWord(client, server, {
    clock,
    silenceMs: silence.limitMs(),
    isSilenceTelling: silence.isTelling,
    onSpoken: (hasClientSpoken) => silence.onSpoken(upstream, hasClientSpoken),
    onSilent: (how) => onUnanswered(upstream, how),
  });
}
