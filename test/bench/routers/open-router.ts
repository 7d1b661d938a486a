/** Routers as an agent's file would have them, each with what it steers. */
import { openHaproxyRouter } from "../../../agent/haproxy/haproxy-router.ts";
import { openProxyRouter } from "../../../agent/routers/proxy-router.ts";
import { openTemplateRouter } from "../../../agent/routers/template/template-router.ts";
import { systemClock } from "../../../core/clock.ts";
import { haproxySchema, proxySchema, templateRouterSchema } from "../../../core/config/router-settings.ts";
import { createHaproxy } from "../../support/haproxy-server.ts";
import { createNginx } from "../../support/nginx-server.ts";
import { valueOf } from "../fleet/operator.ts";
import type { SteeredRouter } from "../fleet/start-agent.ts";
import { type CarryingRouterKind, upstreamOf } from "./messages.ts";

export interface OpenRouter extends SteeredRouter {
  readonly port: number;
  /** What it steers is gone, and its files. */
  remove(): Promise<void>;
}

/** What its agent's service is called: who calls. */
export const CALLER = "edge";

/** `folder`: of its agent's own files. */
const OPEN: Readonly<Record<CarryingRouterKind, (upstream: string, folder: string) => Promise<OpenRouter>>> = {
  async proxy(upstream) {
    const written = { kind: "proxy", upstream, listen: "127.0.0.1:0" };
    const router = valueOf(await openProxyRouter(proxySchema.parse(written), { clock: systemClock, random: Math.random, inherited: undefined, caller: CALLER }));
    return { router, written, port: router.port, remove: () => router.leave({ silenceMs: 0, limitMs: 0 }) };
  },
  async haproxy(upstream, folder) {
    const haproxy = await createHaproxy();
    await haproxy.start();
    const { check, port, reload } = haproxy;
    const written = { kind: "haproxy", upstream, ...haproxy.settings, check, reload };
    return { written, router: valueOf(openHaproxyRouter(haproxySchema.parse(written), { clock: systemClock, caller: CALLER, folder })), port, remove: () => haproxy.remove() };
  },
  async nginx(upstream, stateFolder) {
    const nginx = await createNginx();
    await nginx.start();
    const { folder, port } = nginx;
    const written = { ...nginx.settings, upstream };
    return { written, router: openTemplateRouter(templateRouterSchema.parse(written), { clock: systemClock, caller: CALLER, folder, stateFolder }), port, remove: () => nginx.remove() };
  },
};

export function openRouter(kind: CarryingRouterKind, folder: string): Promise<OpenRouter> {
  return OPEN[kind](upstreamOf(kind), folder);
}
