import { meshRoutersOf } from "../../core/config/router-settings.ts";
import type { StoreFault } from "../../core/model/fault.ts";
import type { AgentDeps } from "../agent-deps.ts";
import type { Presence } from "../presence/presence.ts";
import { type Standing, followUpstream } from "./follow-upstream.ts";
import { NOTHING_REMEMBERED, readUpstream } from "./remembered-upstream.ts";
import { reportRouter } from "./report-router.ts";
import type { Router } from "./router.ts";
import type { RouterState } from "./router-state.ts";
import type { View } from "./view.ts";
import { saveUpstream } from "./save-upstream.ts";

export interface SteerDeps {
  readonly agent: AgentDeps;
  readonly presence: Presence;
  readonly onFault: (fault: StoreFault) => void;
  readonly onDiskFault: (message: string) => void;
  /** Has `/v1/state` show one that isn't a port of this agent's. */
  readonly show: (state: () => RouterState) => void;
}

/** What goes by views of one upstream. */
interface Steered {
  readonly upstream: string;
  follow(view: View, standing: Standing): void;
  /** Until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

/** Has the routers go by what Consul says of their upstreams, and say what they go by, until the signal fires. */
export async function steerRouters(routers: readonly Router[], deps: SteerDeps, signal: AbortSignal): Promise<void> {
  const steered = [...routers.map((router) => steeredRouter(router, deps)), ...(await steeredMeshes(deps))];
  const services = [...new Set(steered.map(({ upstream }) => upstream))];
  await Promise.all(services.map((service) => steerTo(service, steered.filter(({ upstream }) => upstream === service), deps, signal)));
}

function steeredRouter(router: Router, { agent, presence }: SteerDeps): Steered {
  const { upstream } = router.settings;
  const report = reportRouter(router, agent, presence);
  const warn = (event: string, message: string): void => agent.log.warn({ event, upstream }, message);
  return {
    upstream,
    follow(view) {
      router.follow(view);
      report.turned();
    },
    async run(signal) {
      await Promise.all([report.run(signal), router.run?.(signal, { turned: () => report.turned(), warn })]);
    },
  };
}

/** Nothing of it is loaded where the file asks for none. */
async function steeredMeshes(deps: SteerDeps): Promise<readonly Steered[]> {
  const meshes = meshRoutersOf(deps.agent.file.routers);
  if (meshes.length === 0) return [];
  const { createMeshRouter } = await import("../mesh/mesh-router.ts");
  return meshes.map((settings) => {
    const router = createMeshRouter(settings, deps);
    deps.show(() => router.state());
    return { upstream: settings.upstream, ...router };
  });
}

async function steerTo(service: string, steered: readonly Steered[], { agent, onDiskFault, onFault }: SteerDeps, signal: AbortSignal): Promise<void> {
  const { clock, log, random, stateFolder, store } = agent;
  const read = await readUpstream(stateFolder, service);
  if (!read.ok) log.error({ event: "last-known-good" }, read.fault);
  const saver = saveUpstream({ stateFolder, service, clock, onFault: onDiskFault });
  let held: string | undefined;
  const follower = followUpstream({
    service,
    store,
    clock,
    random,
    former: (read.ok ? read.value : undefined) ?? NOTHING_REMEMBERED,
    onFault,
    onRemember: saver.remember,
    onView(view, standing) {
      for (const one of steered) one.follow(view, standing);
      if (view.hold !== undefined && view.hold.message !== held) log.warn({ event: "router-held", upstream: service, reason: view.hold.code }, view.hold.message);
      held = view.hold?.message;
    },
  });
  await Promise.all([follower.run(signal), saver.run(signal), ...steered.map((one) => one.run(signal))]);
}
