import type { Evidence } from "../evidence.ts";

/** A request may fail where the service's process was killed, or where Consul couldn't tell where to go; nowhere else. */
export function unexplainedFailures({ excuses, requests }: Evidence): readonly string[] {
  return requests.flatMap(({ atMs, catalog, failure, service }) => {
    if (failure === undefined || catalog === "stale") return [];
    const explained = excuses.some((excuse) => excuse.service === service && excuse.fromMs <= atMs && atMs <= excuse.toMs);
    return explained ? [] : [`a request to ${service} at ${Math.round(atMs)} ms failed, and no fault explains it: ${failure}`];
  });
}
