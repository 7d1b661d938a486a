/** An agent as the benches run it by the hundred: `createAgent` with no appliers and nothing registered, on connections of its own. */
import { join } from "node:path";
import { type Agent, createAgent } from "../../../agent/agent.ts";
import type { Log } from "../../../agent/log.ts";
import type { Router } from "../../../agent/routers/router.ts";
import { systemClock } from "../../../core/clock.ts";
import { parseAgentFile } from "../../../core/config/parse-agent-file.ts";
import { CONNECTIONS_OF_AN_UPSTREAM } from "../../../core/store/connection-budget.ts";
import type { LoadedSettings } from "../../../core/store/consul/load-settings.ts";
import { createConsulStore } from "../../../core/store/consul/store.ts";
import { type Requests, type StoreObserver, observeStore } from "./observed-store.ts";

export interface SteeredRouter {
  readonly router: Router;
  /** As it stands in the agent's file. */
  readonly written: object;
}

export interface AgentPlace extends StoreObserver {
  readonly consul: LoadedSettings;
  readonly service: string;
  readonly instance: string;
  /** A folder of its own is made in it. */
  readonly folder: string;
  /** That it steers. */
  readonly routers?: readonly SteeredRouter[];
  readonly log?: Log;
  /** More of the agent's file, or other: it registers nothing unless this says so. */
  readonly more?: object;
  /** 10 min unless given, so that renewals don't meet what is counted. */
  readonly sessionTtl?: string;
}

export interface RunningAgent {
  readonly agent: Agent;
  readonly requests: Requests;
  /** Ends it without signing off, as fast as it goes. */
  end(): Promise<void>;
  /** Ends it as SIGTERM does. */
  signOff(): Promise<void>;
}

export const PREFIX = "rollpin";
const SIGN_OFF_MS = 5_000;

export function startAgent(place: AgentPlace): RunningAgent {
  const { folder, instance, more, routers = [], service, sessionTtl = "10m" } = place;
  const parsed = parseAgentFile(JSON.stringify({ service, instance, register: false, sessionTtl, routers: routers.map(({ written }) => written), ...more }), "rollpin.yaml");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.fault));
  const opened = createConsulStore(place.consul, { prefix: PREFIX, clock: systemClock, watchConnections: 1 + CONNECTIONS_OF_AN_UPSTREAM * (routers.length + (more === undefined ? 0 : 1)) });
  const { store, requests } = observeStore(opened, place);
  const agent = createAgent({
    file: parsed.value,
    folder: join(folder, instance),
    stateFolder: join(folder, instance, "state"),
    environment: {},
    instance,
    store,
    guardStore: undefined,
    clock: systemClock,
    inbound: undefined,
    routers: routers.map(({ router }) => router),
    audit: () => undefined,
    leaveRouters: () => Promise.resolve(),
    random: Math.random,
    log: place.log ?? silent,
    process: { node: "bench", agent: { version: "0.0.0", startedAt: new Date().toISOString() } },
    lastKnownGood: undefined,
    formerSession: undefined,
    rememberSession: () => undefined,
    formerOff: undefined,
    rememberOff: () => Promise.resolve(),
    planSuffix: () => "aaaaaa",
  });
  const over = new AbortController();
  const running = agent.run(over.signal);
  const stop = async (): Promise<void> => {
    over.abort();
    await running;
  };
  return {
    agent,
    requests,
    async end() {
      await stop();
      opened.close();
    },
    async signOff() {
      await stop();
      await agent.signOff(AbortSignal.timeout(SIGN_OFF_MS));
      opened.close();
    },
  };
}

const nothing = (): void => undefined;
const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silent };
