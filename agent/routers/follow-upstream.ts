import type { Clock } from "../../core/clock.ts";
import type { StoreFault } from "../../core/model/fault.ts";
import { NOTHING_DESIRED } from "../../core/model/desired.ts";
import { STABLE } from "../../core/model/names.ts";
import type { Mode } from "../../core/model/records.ts";
import { NO_ROUTES } from "../../core/model/routes.ts";
import { headKey, partKey } from "../../core/store/keys.ts";
import type { CheckedEndpoint, Endpoint, Store } from "../../core/store/port.ts";
import { watchEndpoints, watchInstances } from "../../core/store/watch.ts";
import { followDesired } from "../loop/follow-desired.ts";
import type { HoldReason, Intent } from "../loop/intent.ts";
import { firstOf } from "../process/first-signal.ts";
import { determineView } from "./determine-view.ts";
import { NONE_READ, type ReadRoutes, leftByNow, readRoutes } from "./read-routes.ts";
import type { RememberedUpstream } from "./remembered-upstream.ts";
import type { View } from "./view.ts";

/** What a view is worth to whoever acts for the whole service by it. */
export interface Standing {
  /** How far agents go for the service. */
  readonly mode: Mode;
  /** Consul has told all of it in this life, and nothing is from what was remembered. */
  readonly isCurrent: boolean;
}

export interface UpstreamDeps {
  readonly service: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  /** What the former life left on disk. */
  readonly former: RememberedUpstream;
  readonly onView: (view: View, standing: Standing) => void;
  /** What is to be on disk. */
  readonly onRemember: (value: RememberedUpstream) => void;
  readonly onFault: (fault: StoreFault) => void;
}

/** Follows desired state and instances of one service for all routers that send to it. */
export interface UpstreamFollower {
  run(signal: AbortSignal): Promise<void>;
}

export function followUpstream(deps: UpstreamDeps): UpstreamFollower {
  const ground: Ground = { memory: deps.former, read: readRoutes(deps.former.routes, NONE_READ, routesKeyOf(deps)), intent: undefined, instances: deps.former.instances, isTold: false, isEmptied: false, failover: undefined, end: () => undefined };
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
  read: ReadRoutes;
  intent: { readonly revision: number; readonly mode: Mode; readonly isConsuls: boolean; readonly hold: HoldReason | undefined } | undefined;
  instances: readonly CheckedEndpoint[];
  /** Consul has told of them in this life. */
  isTold: boolean;
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
  ground.intent = { revision, mode, isConsuls: intent.kind === "consul", hold: intent.hold };
  const known = intent.kind === "consul" ? intent.left : undefined;
  ground.read = readRoutes(state.routes, ground.read, routesKeyOf(deps));
  ground.memory = { ...ground.memory, desired: { revision, plan, mode, state }, routes: ground.read.good?.text, left: [...leftByNow(known, { left, state: before.state }, state)] };
  followFailover(deps, ground, signal);
  show(deps, ground);
}

/** Nobody has told rollpin of the service: its traffic goes to whatever lives. */
function takeUnknown(deps: UpstreamDeps, ground: Ground): void {
  if (ground.intent !== undefined) return;
  const key = `${deps.store.prefix}/${headKey(deps.service)}`;
  ground.intent = { revision: 0, mode: "enforce", isConsuls: true, hold: { code: "no-head", message: `${key} isn't there, so rollpin doesn't know ${deps.service}: every instance that passes gets traffic, whatever its version. Register a release, or check the router's "upstream"` } };
  show(deps, ground);
}

function routesKeyOf({ service, store }: UpstreamDeps): string {
  return `${store.prefix}/${partKey(service, "routes")}`;
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
        ground.isTold = true;
        show(deps, ground);
      },
    },
    { clock: deps.clock, random: deps.random, signal },
  );
}

/** One watch more, for as long as the routes name another service. */
function followFailover(deps: UpstreamDeps, ground: Ground, signal: AbortSignal): void {
  const to = ground.read.good?.routes.failover?.to;
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
  const { failover, instances, intent, memory, read } = ground;
  if (intent === undefined) return;
  const hold = intent.hold ?? read.problem ?? emptied(deps.service, ground);
  const known = failover?.endpoints === undefined ? undefined : { service: failover.service, endpoints: failover.endpoints };
  const isCurrent = intent.isConsuls && ground.isTold && (failover === undefined || known !== undefined);
  deps.onView(determineView({ service: deps.service, revision: intent.revision, state: memory.desired?.state ?? NOTHING_DESIRED, routes: read.good?.routes ?? NO_ROUTES, left: memory.left, instances, failover: known, hold }), { mode: intent.mode, isCurrent });
  ground.memory = { ...memory, instances: [...instances].map(asRemembered) };
  deps.onRemember(ground.memory);
}

function asRemembered({ address, id, meta, node, passing, port, tags }: CheckedEndpoint): RememberedUpstream["instances"][number] {
  return { id, node, address, port, tags: [...tags], meta: { ...meta }, passing };
}

function emptied(service: string, { isEmptied }: Ground): HoldReason | undefined {
  return isEmptied ? { code: "no-instances", message: `Consul's catalog shows no instance of ${service} any more, and emptiness is not believed: the last known go on. Check the catalog, or what the agent's token may read (service "${service}")` } : undefined;
}

