import { NO_ROUTES } from "../../core/model/routes.ts";
import { compileRoutes } from "../../core/decide/routing/compile-routes.ts";
import { parseRoutes } from "../../core/config/parse-routes.ts";
import { determineCurrent } from "../../core/decide/current.ts";
import { type Ending, failed, failureOfStore, result } from "../ending.ts";
import { gatherKnown } from "../gather.ts";
import { gatherTraffic } from "../../core/operations/gather-traffic.ts";
import { routesPrintable } from "../output/routes.ts";
import type { Session } from "../session.ts";

export async function showRoutes(session: Session, service: string): Promise<Ending> {
  const { signal } = session;
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const gathered = await gatherKnown(store.value, [service], { signal, history: 1 });
  if (!gathered.ok) return failed(gathered.fault);
  const [facts] = gathered.value;
  if (facts === undefined) throw new Error("facts were gathered for no service");
  const traffic = await gatherTraffic(store.value, facts, { signal });
  if (!traffic.ok) return failed(failureOfStore(traffic.fault));
  const { state } = determineCurrent(facts, store.value.prefix);
  const left = facts.head?.value.left ?? [];
  const parsed = state.routes === undefined ? undefined : parseRoutes(state.routes, "routes");
  const { failoverPassing, instances = [] } = traffic.value ?? { failoverPassing: undefined };
  const compiled = compileRoutes(parsed?.ok === true ? parsed.value : NO_ROUTES, { service, pins: state.pins, left, instances, failoverPassing });
  return result(routesPrintable({ service, revision: facts.head?.value.revision ?? 0, routes: state.routes, faults: parsed?.ok === false ? parsed.fault : [], compiled }));
}
