import { routerName } from "../../../core/config/router-settings.ts";
import { determineInexpressible } from "../../../core/decide/routing/expressible.ts";
import { digestOf } from "../../../core/decide/digest.ts";
import type { RouterRecord } from "../../../core/model/router-records.ts";
import { NEUTRAL_WEIGHT } from "../../../core/store/port.ts";
import { isOurs } from "../../presence/catalog-entry.ts";
import { describeShare } from "../../../core/decide/routing/describe-share.ts";
import { type UntimedRecord, holdRouterRecord } from "../hold-router-record.ts";
import { type RouterState, reportedState } from "../router-state.ts";
import type { CatalogView } from "./catalog-view.ts";
import type { Decided } from "./determine-load.ts";
import type { CatalogDeps } from "./steer-catalog.ts";

export interface CatalogReport {
  tell(view: CatalogView, decided: Decided | undefined): void;
  /** What was told last. */
  state(): RouterState;
  run(signal: AbortSignal): Promise<void>;
}

/** Keeps `routers/<service>/<router>` true: in sync is what the catalog shows, not what it was told. */
export function reportCatalog({ agent, presence, settings }: Pick<CatalogDeps, "agent" | "presence" | "settings">): CatalogReport {
  const { file, instance, log, process } = agent;
  const router = routerName(settings, instance);
  const writer = holdRouterRecord(presence, file.service, router, log);
  let told: UntimedRecord | undefined;
  return {
    run: (signal) => writer.run(signal),
    state: () => reportedState({ upstream: file.service, name: router, kind: settings.kind }, told),
    tell(view, decided) {
      const { compiled, own } = view;
      told = {
        service: file.service,
        router,
        kind: settings.kind,
        ...statusOf(view, decided, instance),
        revision: own.revision,
        digest: digestOf(own.state),
        seen: own.revision,
        split: compiled?.split.shares.map(describeShare) ?? [],
        notes: [...(own.routes === undefined ? [] : determineInexpressible(own.routes, "catalog")), ...(compiled?.notes ?? [])],
        instances: view.instances?.filter(({ keptBack, passing }) => passing && keptBack !== true).length ?? 0,
        instance,
        ...process,
      };
      writer.report(told);
    },
  };
}

function statusOf({ instances, own }: CatalogView, decided: Decided | undefined, instance: string): Pick<RouterRecord, "status" | "reason"> {
  const be = (status: RouterRecord["status"], code: string, message: string): Pick<RouterRecord, "status" | "reason"> => ({ status, reason: { code, message } });
  if (own.hold !== undefined) return { status: "held", reason: own.hold };
  // Nothing runs here yet, or nobody looks because there are no routes.
  if (decided === undefined && own.routes === undefined) return { status: "in-sync" };
  if (decided === undefined) return be("reconciling", "starting", "Consul has not told yet what lives, or nothing runs here yet");
  const shown = instances?.find(({ id }) => id === instance);
  if (shown !== undefined && !isOurs(shown)) return be("held", "foreign-registration", `the catalog's ${instance} is not of rollpin's making, and is left as it is`);
  if (decided.waits !== undefined) return be("reconciling", "waiting", decided.waits);
  if (own.routes === undefined && instances === undefined) return { status: "in-sync" };
  const { aim } = decided;
  const isShown = shown !== undefined && (shown.keptBack === true) === aim.isKeptBack && (shown.weight ?? NEUTRAL_WEIGHT) === aim.weight;
  return isShown ? { status: "in-sync" } : be("reconciling", "not-shown", "the catalog doesn't show yet what this instance asks for");
}
