/** The HTTP of a guard on a host of its own: /healthz, /readyz and /metrics, as an agent's. */
import type { Result } from "../../core/model/result.ts";
import type { GuardFigures } from "../guard/guard-figures.ts";
import type { Gate } from "./gate.ts";
import type { Exposition } from "./metrics.ts";
import { registerGuard } from "./guard-metrics.ts";
import { type LocalHttp, exposureRoutes, serveRoutes } from "./serve.ts";

export interface GuardHttpDeps {
  readonly gate: Gate | undefined;
  readonly figures: GuardFigures;
  readonly isSessionAlive: () => boolean;
  /** Calls to Consul that failed, by kind. */
  readonly consulFaults: GuardFigures["looks"];
  /** A sentence where it can't guard now. */
  readonly unready: () => string | undefined;
  /** As others see who guards. */
  readonly name: string;
  /** The agent's. */
  readonly version: string;
}

export function serveGuardHttp(listen: string, deps: GuardHttpDeps): Promise<Result<LocalHttp, string>> {
  return serveRoutes(listen, { routes: exposureRoutes({ unready: deps.unready, expose: createGuardExposition(deps) }), gate: deps.gate });
}

function createGuardExposition(deps: GuardHttpDeps): () => Promise<Exposition> {
  let made: ReturnType<typeof register> | undefined;
  return async () => {
    made ??= register(deps);
    const { fill, registry } = await made;
    fill();
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
}

async function register({ consulFaults, figures, isSessionAlive, name, version }: GuardHttpDeps) {
  const { Counter, Gauge, Registry } = await import("./prometheus.ts");
  const registry = new Registry();
  const registers = [registry];
  const info = new Gauge({ name: "rollpin_agent_guard_info", help: "Always 1; says the name of a guard on a host of its own, and the agent's version.", labelNames: ["name", "version"], registers });
  const session = new Gauge({ name: "rollpin_agent_session_alive", help: "1 while the agent's Consul session is alive.", registers });
  const faults = new Counter({ name: "rollpin_agent_consul_faults_total", help: "Calls to Consul that failed, by kind.", labelNames: ["kind"], registers });
  const fillGuard = await registerGuard(registry, figures);
  return {
    registry,
    fill: () => {
      info.set({ name, version }, 1);
      session.set(isSessionAlive() ? 1 : 0);
      faults.reset();
      for (const [[kind = ""], count] of consulFaults.all()) faults.inc({ kind }, count);
      fillGuard(figures);
    },
  };
}
