import type { Evidence, Excuse, FailedTry, Request } from "../evidence.ts";

/** A request may fail where each process that it tried had been killed, or where Consul couldn't tell where to go; nowhere else. */
export function unexplainedFailures({ excuses, requests }: Evidence): readonly string[] {
  return requests.flatMap((request) => {
    const { atMs, failed = [], service } = request;
    if (explanationOf(request, excuses) !== undefined) return [];
    return [`a request to ${service} at ${Math.round(atMs)} ms failed, and no fault explains it: ${failed.map(({ instance, why }) => `${instance}: ${why}`).join("; then ")}`];
  });
}

/** Why a request may have failed, or that it didn't. */
export function explanationOf({ catalog, failed }: Request, excuses: readonly Excuse[]): "answered" | "catalog" | "kill" | undefined {
  if (failed === undefined) return "answered";
  if (failed.every((one) => excuses.some((excuse) => covers(excuse, one)))) return "kill";
  return catalog === "stale" ? "catalog" : undefined;
}

function covers(excuse: Excuse, { fromMs, instance, toMs }: FailedTry): boolean {
  return excuse.instance === instance && excuse.fromMs <= toMs && fromMs <= excuse.toMs;
}
