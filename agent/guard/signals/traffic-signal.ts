import type { TrafficSettings } from "../../../core/config/signals/traffic.ts";
import { readTraffic } from "../../../core/decide/guard/read-traffic.ts";
import type { SeenRouter } from "../../../core/model/facts.ts";
import { describeStoreFault } from "../../../core/model/fault.ts";
import type { Reading, Suspect } from "../../../core/model/reading.ts";
import { listBelieved } from "../../../core/operations/list-believed.ts";
import { readRouters } from "../../../core/operations/read-records.ts";
import { routersFolder } from "../../../core/store/keys.ts";
import type { Signal, SignalDeps } from "../signal.ts";
import { watchForNews } from "./watch-for-news.ts";

/** What was said last of a track's suspect. */
interface Asked {
  readonly suspect: Suspect;
  says: Reading["says"];
}

/**
 * Reads what rollpin's own routers have counted. Only what is another verdict than the last one is news, and that they go by
 * another split: counts come many times a second, and a guard that looks at each would be busy with it when one decides.
 */
export function openTrafficSignal(settings: TrafficSettings, deps: SignalDeps): Signal {
  const { judge, news, service, store } = deps;
  const asked = new Map<string, Asked>();
  let followed = "";
  const judged = (suspect: Suspect, routers: readonly SeenRouter[]): Reading => readTraffic({ suspect, routers, settings, judge });
  const watching = watchForNews(routersFolder(service), {
    ...deps,
    onReading({ entries }) {
      const routers = readRouters(entries).good;
      const follow = JSON.stringify(routers.map(({ record: { digest, router } }) => [router, digest]));
      // Nobody was asked about yet, or the guard may not know yet that a track was moved.
      let isNews = follow !== followed;
      followed = follow;
      for (const one of asked.values()) {
        const { says } = judged(one.suspect, routers);
        isNews ||= says !== one.says;
        one.says = says;
      }
      if (isNews) news();
    },
  });
  return {
    async read(suspect, signal) {
      const listed = await listBelieved(store, routersFolder(service), { signal });
      if (!listed.ok) return { says: "no-data", summary: `records of the routers of ${service} can't be read: ${describeStoreFault(listed.fault)}`, evidence: [] };
      const reading = judged(suspect, readRouters(listed.value.entries).good);
      asked.set(suspect.track, { suspect, says: reading.says });
      return reading;
    },
    close: () => watching.close(),
  };
}
