import type { TrafficSettings } from "../../../core/config/signals/traffic.ts";
import { readTraffic } from "../../../core/decide/guard/read-traffic.ts";
import { describeStoreFault } from "../../../core/model/fault.ts";
import { listBelieved } from "../../../core/operations/list-believed.ts";
import { readRouters } from "../../../core/operations/read-records.ts";
import { routersFolder } from "../../../core/store/keys.ts";
import type { Signal, SignalDeps } from "../signal.ts";
import { watchForNews } from "./watch-for-news.ts";

/** Reads what rollpin's own routers have counted. */
export function openTrafficSignal(settings: TrafficSettings, deps: SignalDeps): Signal {
  const { judge, service, store } = deps;
  const watching = watchForNews(routersFolder(service), deps);
  return {
    async read(suspect, signal) {
      const listed = await listBelieved(store, routersFolder(service), { signal });
      if (!listed.ok) return { says: "no-data", summary: `records of the routers of ${service} can't be read: ${describeStoreFault(listed.fault)}`, evidence: [] };
      return readTraffic({ suspect, routers: readRouters(listed.value.entries).good, settings, judge });
    },
    close: () => watching.close(),
  };
}
