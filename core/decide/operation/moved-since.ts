import { parseIsoTime } from "../../clock.ts";
import type { DatacentreStep } from "../../model/operation.ts";
import type { Plan } from "../../model/plan.ts";

/**
 * Why what would be done in a datacentre now isn't what the operator said yes to; undefined where it is. A plan that was
 * shown is known by its fingerprint. Where none could be shown, nobody may have changed its services since it was asked for
 * (`at`): what a default rollback comes to then is another thing.
 */
export function describeMovedSince({ fingerprint, services }: Pick<Plan, "fingerprint" | "services">, shown: DatacentreStep["fingerprint"], at: string): string | undefined {
  if (shown === fingerprint) return undefined;
  const newer = services.flatMap(({ head, service }) => (head !== undefined && parseIsoTime(head.value.at) > parseIsoTime(at) ? [{ service, ...head.value }] : []));
  if (shown === undefined && newer.length === 0) return undefined;
  const who = newer.map(({ at: when, by, revision, service }) => `${by} changed ${service} at ${when} (revision ${revision})`);
  return who.length === 0 ? "what would be done now isn't the plan that was shown" : `${who.join("; ")}, after this was asked for`;
}
