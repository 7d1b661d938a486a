import { describeBadRecord } from "../../core/model/parse-record.ts";
import { age } from "../output/times.ts";
import { type Finding, type Records, fine, problem, warning } from "./finding.ts";

/** A lost session may be a restart or an upgrade; after this long somebody should look. */
const LONG_MS = 10 * 60_000;

/** Pure: records that can't be read, keys that mean nothing, instances that nobody has heard of for long. */
export function checkRecords({ fleet, services }: Records, prefix: string, now: number): readonly Finding[] {
  return [...unreadable({ fleet, services }, prefix), ...strangers({ fleet, services }, prefix), ...lost({ fleet, services }, prefix, now)];
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

function lost({ services }: Records, prefix: string, now: number): readonly Finding[] {
  const gone = services.flatMap((one) => one.instances.filter(({ live, record }) => !live && now - Date.parse(record.at) > LONG_MS));
  if (gone.length === 0) return [fine("instances", "no instance is lost for long")];
  return gone.map(({ record }) =>
    warning("instances", `${record.instance} of ${record.service} lost its session, and was last heard of ${age(record.at, now)}`, `start its agent, or, if it is gone for good, \`consul kv delete ${prefix}/instances/${record.service}/${record.instance}\``),
  );
}
