import { hasOldView } from "../../core/decide/old-view.ts";
import { describeBadRecord } from "../../core/model/parse-record.ts";
import { age } from "../output/times.ts";
import { type Finding, type Records, fine, problem, warning } from "./finding.ts";

/** A lost session may be a restart or an upgrade; after this long somebody should look. */
const LONG_MS = 10 * 60_000;

/** Pure: records that can't be read, keys that mean nothing, instances that nobody has heard of for long, or that obey what was. */
export function checkRecords({ fleet, services }: Records, prefix: string, now: number): readonly Finding[] {
  return [...unreadable({ fleet, services }, prefix), ...strangers({ fleet, services }, prefix), ...examineInstances({ fleet, services }, prefix, now)];
}

function unreadable({ fleet, services }: Records, prefix: string): readonly Finding[] {
  const bad = new Map([...fleet.unreadable, ...services.flatMap((one) => one.unreadable)].map((one) => [one.key, one]));
  if (bad.size === 0) return [fine("records", `every record can be read (services: ${services.length})`)];
  return [...bad.values()].map((one) => problem("records", `${prefix}/${describeBadRecord(one)}`, `look at it with \`consul kv get ${prefix}/${one.key}\`; put it right, or delete it and let its writer make it again`));
}

function strangers({ fleet }: Records, prefix: string): readonly Finding[] {
  if (fleet.strangers.length === 0) return [fine("keys", "no key that nobody knows")];
  return fleet.strangers.map((key) => warning("keys", `${prefix}/${key} means nothing to rollpin, or belongs to no service that is known: nobody obeys it`, `register a release of its service, or \`consul kv delete ${prefix}/${key}\``));
}

function examineInstances(records: Records, prefix: string, now: number): readonly Finding[] {
  const found = [...lost(records, prefix, now), ...oldViews(records, now)];
  return found.length === 0 ? [fine("instances", "no instance is lost for long, and none that lives obeys an old revision")] : found;
}

function lost({ services }: Records, prefix: string, now: number): readonly Finding[] {
  const gone = services.flatMap((one) => one.instances.filter(({ live, record }) => !live && now - Date.parse(record.at) > LONG_MS));
  return gone.map(({ record }) =>
    warning("instances", `${record.instance} of ${record.service} lost its session, and was last heard of ${age(record.at, now)}`, `start its agent, or, if it is gone for good, \`consul kv delete ${prefix}/instances/${record.service}/${record.instance}\``),
  );
}

function oldViews({ services }: Records, now: number): readonly Finding[] {
  return services.flatMap(({ head, instances }) =>
    instances
      .filter((seen) => hasOldView(seen, head?.value, now))
      .map(({ record }) =>
        warning(
          "instances",
          `${record.instance} of ${record.service} has not seen revision ${head?.value.revision ?? 0}, made ${age(head?.value.at ?? "", now)}; it has seen ${record.seen}, and last wrote ${age(record.at, now)}`,
          `look at "consul" in its agent's /v1/state on ${record.node ?? "its node"} and at its log; restarting the agent makes its watch anew, and the service goes on`,
        ),
      ),
  );
}
