/**
 * The fixed port in front of the service's process. It belongs to the agent's process and not to one reading of its file,
 * so that neither a reload nor a switch closes it.
 */
import type { IncomingMessage } from "node:http";
import type { Clock } from "../../core/clock.ts";
import type { InboundSettings } from "../../core/config/inbound-settings.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { createPools } from "../proxy/pools.ts";
import type { HttpProxyDeps, ProxyDeps } from "../proxy/proxy.ts";
import { type KeepsCalls, NOBODY_KEEPS } from "../proxy/ended-call.ts";
import { createTally } from "../proxy/tally.ts";
import { createTraffic } from "../proxy/traffic.ts";
import { createDeadlines } from "../proxy/deadlines.ts";
import { type Door, leaveDoor, openHttpDoor, openTcpDoor } from "../proxy/door.ts";
import type { InboundState } from "./inbound-state.ts";
import { createRouting } from "./routing.ts";

export interface Inbound {
  readonly settings: InboundSettings;
  /** The one that was really taken. */
  readonly port: number;
  /** The socket that is listened on, for a successor to inherit. */
  readonly listener: Door["listener"];
  state(): InboundState;
  /** The same port with other limits. */
  adjust(settings: InboundSettings): void;
  /** From now on everything new goes there. The fault is a sentence: nothing answers there from this host. */
  route(version: string, port: number): Promise<Result<void, string>>;
  /**
   * Processes of these versions are given nothing new: what comes waits for another as long as it waits for any (`hold`). But for
   * Consul's own check at `checkPath`: what it finds is true all the same, and would be found late afterwards.
   */
  takeOff(isOff: (version: string) => boolean, checkPath: string | undefined): void;
  /** Resolves when nothing is in flight at the process that serves, for it was taken off: it ended, or was cut at the limit; or the signal fired. */
  quiet(signal: AbortSignal): Promise<void>;
  /** Resolves when nothing of a former process is in flight any more: it ended, or was cut at the limit; or the signal fired. */
  drained(port: number, signal: AbortSignal): Promise<void>;
  /**
   * Takes nothing new, lets what is in flight end, at most until the limit. A client's kept connection that was silent for
   * `silenceMs` by then is closed; on any other the next answer says that it ends.
   */
  leave(silenceMs: number): Promise<void>;
}

export interface InboundDeps {
  readonly clock: Clock;
  /** A listening socket that was handed to this process. */
  readonly inherited: number | undefined;
  /** Resolves when an agent before this one has nothing in flight any more: until then nobody knows what it still carries. */
  readonly predecessorGone: Promise<void>;
  readonly calls?: KeepsCalls | undefined;
}

export async function openInbound(first: InboundSettings, { calls = NOBODY_KEEPS, clock, inherited, predecessorGone }: InboundDeps): Promise<Result<Inbound, string>> {
  let settings = first;
  let isLeaving = false;
  const tally = createTally();
  const traffic = createTraffic();
  const pools = createPools(clock);
  const deadlines = createDeadlines(clock);
  const routing = createRouting({ clock, traffic, pools, predecessorGone });
  let checkPath: string | undefined;
  const choose: ProxyDeps["choose"] = (request) => routing.open() ?? (isCheck(request, checkPath) ? routing.current() : undefined) ?? "nobody";
  const proxy: ProxyDeps = { choose, changed: routing.changed, traffic, clock, holdMs: () => settings.hold, onUnanswered: () => undefined, onConnected: () => undefined };
  const http: HttpProxyDeps = { ...proxy, pools, deadlines, upgraded: traffic, limits: () => ({ wholeMs: settings.responseTimeout, tryMs: undefined }), isLeaving: () => isLeaving, calls, onAnswered: (upstream, status) => tally.answered(upstream?.version, status) };
  const opened = await (settings.mode === "tcp" ? openTcpDoor(settings, inherited, proxy) : openHttpDoor(settings, inherited, http));
  if (!opened.ok) return err(`inbound: ${settings.address}:${settings.port} can't be listened on: ${opened.fault}`);
  const door = opened.value;
  return ok({
    get settings() {
      return settings;
    },
    port: door.port,
    listener: door.listener,
    state() {
      const upstream = routing.current();
      const { address, mode } = settings;
      return { address, port: door.port, mode, upstream: upstream === undefined ? undefined : { version: upstream.version, port: upstream.port }, connections: door.connections(), inFlight: traffic.count(), requests: tally.requests };
    },
    adjust(next) {
      settings = next;
      door.adjust(next);
    },
    route: routing.route,
    takeOff(isOff, path) {
      checkPath = path;
      routing.takeOff(isOff);
    },
    quiet: (signal) => routing.quiet(settings.drainLimit, signal),
    drained: (port, signal) => routing.drained(port, settings.drainLimit, signal),
    async leave(silenceMs) {
      isLeaving = true;
      await leaveDoor(door, { silenceMs, limitMs: settings.drainLimit }, clock);
      pools.close();
      deadlines.close();
    },
  });
}

/** Consul: agent/checks, CheckHTTP. */
function isCheck(request: IncomingMessage | undefined, path: string | undefined): boolean {
  return path !== undefined && request?.url === path && request.headers["user-agent"] === "Consul Health Check";
}
