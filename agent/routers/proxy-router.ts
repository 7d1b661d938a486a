/** One built-in router: the port that clients connect to, and which instance takes what comes there. */
import type { Clock } from "../../core/clock.ts";
import type { ProxyRouterSettings } from "../../core/config/router-settings.ts";
import { NEVER_HEARD, afterFirstWord, isSilenceTelling } from "../../core/decide/routing/first-word.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { firstOf } from "../process/first-signal.ts";
import { type KeepsCalls, NOBODY_KEEPS } from "../proxy/ended-call.ts";
import { type Deadlines, createDeadlines } from "../proxy/deadlines.ts";
import { type Door, type DoorSettings, leaveDoor, openHttpDoor, openTcpDoor } from "../proxy/door.ts";
import { type Waiting, createWaiting } from "../proxy/waiting.ts";
import { type Pools, createPools } from "../proxy/pools.ts";
import type { HttpProxyDeps } from "../proxy/proxy.ts";
import { type Traffic, createTraffic } from "../proxy/traffic.ts";
import { type Balance, createBalance } from "./balance.ts";
import { createPlacesLeft } from "./places-left.ts";
import type { Router } from "./router.ts";
import { type Tally, createTally } from "../proxy/tally.ts";
import { type View, isSameSplit } from "./view.ts";

/** One whose requests go through this process. */
export interface ProxyRouter extends Router {
  readonly settings: ProxyRouterSettings;
  /** The one that was really taken. */
  readonly port: number;
  readonly listener: Door["listener"];
}

export interface RouterDeps {
  readonly clock: Clock;
  readonly random: () => number;
  /** A listening socket that was handed to this process. */
  readonly inherited: number | undefined;
  /** The service that calls. */
  readonly caller: string;
  readonly calls?: KeepsCalls | undefined;
}

export async function openProxyRouter(first: ProxyRouterSettings, deps: RouterDeps): Promise<Result<ProxyRouter, string>> {
  const { clock } = deps;
  let settings = first;
  let view: View | undefined;
  let settled: View | undefined;
  const state: Carrying = { isLeaving: false, waiting: createWaiting(clock), traffic: createTraffic(), upgraded: createTraffic(), pools: createPools(clock), deadlines: createDeadlines(clock), tally: createTally() };
  const { pools, tally, traffic, upgraded } = state;
  const balance = createBalance({ ...deps, inFlight: (upstream) => traffic.count(upstream) + upgraded.count(upstream) });
  const http = carrierOf(state, balance, () => settings, deps);
  const opened = await (first.mode === "tcp" ? openTcpDoor(doorSettings(first), deps.inherited, http) : openHttpDoor(doorSettings(first), deps.inherited, http));
  if (!opened.ok) return err(`routers: ${first.listen.host}:${first.listen.port}, for ${first.upstream}, can't be listened on: ${opened.fault}`);
  const door = opened.value;
  const left = createPlacesLeft(traffic, pools);
  return ok({
    get settings() {
      return settings;
    },
    port: door.port,
    listen: `${first.listen.host}:${door.port}`,
    listener: door.listener,
    tally,
    view: () => view,
    wanted: () => view,
    fault: () => undefined,
    notes: () => [],
    isSettling: () => settled !== view,
    follow(next) {
      if (!isSameSplit(view, next)) tally.begin();
      left.turn(next);
      view = next;
      balance.follow(next);
      state.waiting.turn();
    },
    async settled(signal) {
      const goal = view;
      const over = firstOf(signal);
      // Nobody knows when a connection that isn't read has been answered.
      if (settings.mode === "http") await Promise.race([left.whenIdle(), clock.sleep(settings.drain, over.signal)]);
      over.fire();
      settled = goal;
    },
    leftOut: balance.leftOut,
    connections: () => door.connections(),
    inFlight: () => traffic.count() + upgraded.count(),
    adjust(next) {
      if (next.kind !== "proxy") return;
      settings = next;
      door.adjust(doorSettings(next));
    },
    async leave(leaving) {
      state.isLeaving = true;
      await leaveDoor(door, leaving, clock);
      pools.close();
      state.deadlines.close();
    },
  });
}

interface Carrying {
  isLeaving: boolean;
  readonly waiting: Waiting;
  readonly traffic: Traffic;
  /** WebSockets may last for days: no report waits for them. */
  readonly upgraded: Traffic;
  readonly pools: Pools;
  readonly deadlines: Deadlines;
  readonly tally: Tally;
}

function carrierOf(state: Carrying, balance: Balance, settings: () => ProxyRouterSettings, { calls = NOBODY_KEEPS, clock }: RouterDeps): HttpProxyDeps {
  const { deadlines, pools, tally, traffic, upgraded, waiting } = state;
  let manners = NEVER_HEARD;
  return {
    choose: balance.choose,
    changed: waiting.changed,
    traffic,
    upgraded,
    pools,
    deadlines,
    clock,
    calls,
    holdMs: () => settings().hold,
    limits: () => ({ wholeMs: settings().responseTimeout, tryMs: settings().tryTimeout }),
    isLeaving: () => state.isLeaving,
    onAnswered(upstream, status, ms) {
      tally.answered(upstream?.version, status, 1, ms);
      if (upstream !== undefined) balance.answered(upstream);
    },
    onConnected(upstream) {
      tally.connected(upstream.version);
      // As long as nothing is known of what they say, that it takes connections is all there is.
      if (manners === NEVER_HEARD) balance.answered(upstream);
    },
    silence: {
      limitMs: () => settings().responseTimeout,
      isTelling: (hasClientSpoken) => isSilenceTelling(manners, hasClientSpoken),
      onSpoken(upstream, hasClientSpoken) {
        manners = afterFirstWord(manners, hasClientSpoken);
        balance.answered(upstream);
      },
    },
    onUnanswered(upstream, how) {
      tally.unanswered(how, upstream.version);
      balance.unanswered(upstream);
    },
  };
}

function doorSettings({ idleTimeout, listen: { host, port }, maxConnections }: ProxyRouterSettings): DoorSettings {
  return { address: host, port, idleTimeout, maxConnections };
}
