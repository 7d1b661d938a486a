import type { Clock } from "../../core/clock.ts";
import { parseRoutes, sayFaults } from "../../core/config/parse-routes.ts";
import { versionsLeft } from "../../core/decide/routing/versions-left.ts";
import type { StoreFault } from "../../core/model/fault.ts";
import { NOTHING_DESIRED } from "../../core/model/desired.ts";
import { STABLE } from "../../core/model/names.ts";
import { NO_ROUTES, type Routes } from "../../core/model/routes.ts";
import { headKey, partKey } from "../../core/store/keys.ts";
import type { CheckedEndpoint, Endpoint, Store } from "../../core/store/port.ts";
import { watchEndpoints, watchInstances } from "../../core/store/watch.ts";
import { followDesired } from "../loop/follow-desired.ts";
import type { HoldReason, Intent } from "../loop/intent.ts";
import { firstOf } from "../process/first-signal.ts";
import { determineView } from "./determine-view.ts";
import type { RememberedUpstream } from "./remembered-upstream.ts";
import type { View } from "./view.ts";

export interface UpstreamDeps {
  readonly service: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  /** What the former life left on disk. */
  readonly former: RememberedUpstream;
  readonly onView: (view: View) => void;
  /** What is to be on disk. */
  readonly onRemember: (value: RememberedUpstream) => void;
  readonly onFault: (fault: StoreFault) => void;
}

/** Follows desired state and instances of one service for all routers that send to it. */
export interface UpstreamFollower {
  run(signal: AbortSignal): Promise<void>;
}

export function followUpstream(deps: UpstreamDeps): UpstreamFollower {
  const ground: Ground = { memory: deps.former, routes: NO_ROUTES, problem: undefined, intent: undefined, instances: deps.former.instances, isEmptied: false, failover: undefined, end: () => undefined };
  if (deps.former.routes !== undefined) readRoutes(deps, ground, deps.former.routes);
  return {
    run: async (signal) => {
      const desired = followDesired({
        ...deps,
        self: { service: deps.service, track: STABLE, localVersion: undefined },
        remembered: () => ground.memory.desired,
        onIntent: (intent) => takeIntent(deps, ground, intent, signal),
        // Instances write hand flips into history; a router only obeys them.
        onFlips: () => undefined,
        onWakeUp: () => undefined,
        onContact: (fault) => fault !== undefined && deps.onFault(fault),
        onSetBack: () => undefined,
        onBreak: () => undefined,
        onUnregistered: () => undefined,
        createHead: () => Promise.resolve(takeUnknown(deps, ground)),
      });
      await Promise.all([desired.run(signal), followInstances(deps, ground, signal)]);
      ground.end();
      await ground.failover?.ended;
    },
  };
}

interface Ground {
  /** As it is to be on disk. */
  memory: RememberedUpstream;
  /** The last that could be read. */
  routes: Routes;
  /** Why they aren't those that stand in Consul. */
  problem: HoldReason | undefined;
  intent: { readonly revision: number; readonly hold: HoldReason | undefined } | undefined;
  instances: readonly CheckedEndpoint[];
  /** Consul shows none any more, and the last known go on. */
  isEmptied: boolean;
  failover: FailoverWatch | undefined;
  /** Ends the watch of the failover's service. */
  end: () => void;
}

interface FailoverWatch {
  readonly service: string;
  endpoints: readonly Endpoint[] | undefined;
  readonly ended: Promise<void>;
}

function takeIntent(deps: UpstreamDeps, ground: Ground, intent: Intent, signal: AbortSignal): void {
  if (intent.kind === "unknown") return;
  const { mode, plan, revision, state } = intent;
  const { desired: before = { state: NOTHING_DESIRED }, left } = ground.memory;
  ground.intent = { revision, hold: intent.hold };
  const known = intent.kind === "consul" ? (intent.left ?? []) : [];
  // What the head tells was left before; a flip that isn't in history yet is this agent's own to notice.
  ground.memory = { ...ground.memory, desired: { revision, plan, mode, state }, left: [...new Set([...known, ...versionsLeft(left, before.state, state)])] };
  readRoutes(deps, ground, state.routes);
  followFailover(deps, ground, signal);
  show(deps, ground);
}

/** Nobody has told rollpin of the service: its traffic goes to whatever lives. */
function takeUnknown(deps: UpstreamDeps, ground: Ground): void {
  if (ground.intent !== undefined) return;
  const key = `${deps.store.prefix}/${headKey(deps.service)}`;
  ground.intent = { revision: 0, hold: { code: "no-head", message: `${key} isn't there, so rollpin doesn't know ${deps.service}: every instance that passes gets traffic, whatever its version. Register a release, or check the router's "upstream"` } };
  show(deps, ground);
}

/** What can't be read leaves the routes before it. */
function readRoutes(deps: UpstreamDeps, ground: Ground, text: string | undefined): void {
  if (text === undefined) {
    Object.assign(ground, { routes: NO_ROUTES, problem: undefined });
    ground.memory = { ...ground.memory, routes: undefined };
    return;
  }
  const key = `${deps.store.prefix}/${partKey(deps.service, "routes")}`;
  const parsed = parseRoutes(text, key);
  if (parsed.ok) {
    Object.assign(ground, { routes: parsed.value, problem: undefined });
    ground.memory = { ...ground.memory, routes: text };
  } else ground.problem = { code: "bad-routes", message: `${sayFaults(parsed.fault)}; the last routes that could be read go on` };
}

async function followInstances(deps: UpstreamDeps, ground: Ground, signal: AbortSignal): Promise<void> {
  await watchInstances(
    deps.store,
    deps.service,
    {
      onFault: deps.onFault,
      onReading({ endpoints }) {
        // A catalog that lost everything at once looks like a token that lost its right, or a Consul that was emptied.
        ground.isEmptied = endpoints.length === 0 && ground.instances.length > 0;
        if (!ground.isEmptied) ground.instances = endpoints;
        show(deps, ground);
      },
    },
    { clock: deps.clock, random: deps.random, signal },
  );
}

/** One watch more, for as long as the routes name another service. */
function followFailover(deps: UpstreamDeps, ground: Ground, signal: AbortSignal): void {
  const to = ground.routes.failover?.to;
  const service = to?.kind === "service" && to.service !== deps.service ? to.service : undefined;
  if (service === ground.failover?.service) return;
  ground.end();
  ground.failover = undefined;
  if (service === undefined) return;
  const own = firstOf(signal);
  const watched: { -readonly [K in keyof FailoverWatch]: FailoverWatch[K] } = { service, endpoints: undefined, ended: Promise.resolve() };
  const onReading = ({ endpoints }: { readonly endpoints: readonly Endpoint[] }): void => {
    watched.endpoints = endpoints;
    if (ground.failover === watched) show(deps, ground);
  };
  watched.ended = watchEndpoints(deps.store, service, { onReading, onFault: deps.onFault }, { clock: deps.clock, random: deps.random, signal: own.signal }).finally(own.release);
  ground.failover = watched;
  ground.end = own.fire;
}

function show(deps: UpstreamDeps, ground: Ground): void {
  const { failover, instances, intent, memory, routes } = ground;
  if (intent === undefined) return;
  const hold = intent.hold ?? ground.problem ?? emptied(deps.service, ground);
  const known = failover?.endpoints === undefined ? undefined : { service: failover.service, endpoints: failover.endpoints };
  deps.onView(determineView({ service: deps.service, revision: intent.revision, state: memory.desired?.state ?? NOTHING_DESIRED, routes, left: memory.left, instances, failover: known, hold }));
  ground.memory = { ...memory, instances: [...instances].map(asRemembered) };
  deps.onRemember(ground.memory);
}

function asRemembered({ address, id, meta, node, passing, port, tags }: CheckedEndpoint): RememberedUpstream["instances"][number] {
  return { id, node, address, port, tags: [...tags], meta: { ...meta }, passing };
}

function emptied(service: string, { isEmptied }: Ground): HoldReason | undefined {
  return isEmptied ? { code: "no-instances", message: `Consul's catalog shows no instance of ${service} any more, and emptiness is not believed: the last known go on. Check the catalog, or what the agent's token may read (service "${service}")` } : undefined;
}

