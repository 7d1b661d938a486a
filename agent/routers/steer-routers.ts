import type { StoreFault } from "../../core/model/fault.ts";
import type { AgentDeps } from "../agent-deps.ts";
import type { Presence } from "../presence/presence.ts";
import { followUpstream } from "./follow-upstream.ts";
import { NOTHING_REMEMBERED, readUpstream } from "./remembered-upstream.ts";
import { reportRouter } from "./report-router.ts";
import type { Router } from "./router.ts";
import { saveUpstream } from "./save-upstream.ts";

export interface SteerDeps {
  readonly agent: AgentDeps;
  readonly presence: Presence;
  readonly onFault: (fault: StoreFault) => void;
  readonly onDiskFault: (message: string) => void;
}

/** Has the routers go by what Consul says of their upstreams, and say what they go by, until the signal fires. */
export async function steerRouters(routers: readonly Router[], deps: SteerDeps, signal: AbortSignal): Promise<void> {
  const services = [...new Set(routers.map(({ settings }) => settings.upstream))];
  await Promise.all(services.map((service) => steerTo(service, routers.filter(({ settings }) => settings.upstream === service), deps, signal)));
}

async function steerTo(service: string, routers: readonly Router[], { agent, onDiskFault, onFault, presence }: SteerDeps, signal: AbortSignal): Promise<void> {
  const { clock, log, random, stateFolder, store } = agent;
  const read = await readUpstream(stateFolder, service);
  if (!read.ok) log.error({ event: "last-known-good" }, read.fault);
  const steered = routers.map((router) => ({ router, report: reportRouter(router, agent, presence) }));
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
    onView(view) {
      for (const { report, router } of steered) {
        router.follow(view);
        report.turned();
      }
      if (view.hold !== undefined && view.hold.message !== held) log.warn({ event: "router-held", upstream: service, reason: view.hold.code }, view.hold.message);
      held = view.hold?.message;
    },
  });
  const warn = (event: string, message: string): void => log.warn({ event, upstream: service }, message);
  await Promise.all([follower.run(signal), saver.run(signal), ...steered.map(({ report }) => report.run(signal)), ...steered.map(({ report, router }) => router.run?.(signal, { turned: () => report.turned(), warn }))]);
}
