import type { HookStep } from "../../model/hook-records.ts";
import { STABLE } from "../../model/names.ts";
import { NO_PIN } from "../../model/pin.ts";
import type { Migration, Plan, ServicePlan } from "../../model/plan.ts";

/** What hooks have to do before a plan's pins are written, in order: data goes there first, whichever way. */
export function planHookSteps({ migrations = [], services }: Pick<Plan, "migrations" | "services">): readonly HookStep[] {
  return migrations.flatMap((migration) => {
    const versions = versionsOf(services.find(({ service }) => service === migration.service));
    return migration.steps.map((number): HookStep => ({ kind: "hook", service: migration.service, hook: "migrate", ...stepOf(number, migration), ...versions }));
  });
}

/** Step n leads from schema n - 1 to n; down it is taken back. */
function stepOf(number: number, { from, to }: Migration): Pick<HookStep, "way" | "from" | "to"> {
  return from > to ? { way: "down", from: number, to: number - 1 } : { way: "up", from: number - 1, to: number };
}

/** Of the track that moves; `stable` where several do. */
function versionsOf(one: ServicePlan | undefined): Pick<HookStep, "fromVersion" | "toVersion"> {
  if (one === undefined) return {};
  const { after, before } = one;
  const moved = [STABLE, ...Object.keys({ ...before.pins, ...after.pins }).sort()].find((track) => before.pins[track] !== after.pins[track]);
  const [from, to] = moved === undefined ? [] : [before.pins[moved], after.pins[moved]];
  return { ...(from === undefined || from === NO_PIN ? {} : { fromVersion: from }), ...(to === undefined || to === NO_PIN ? {} : { toVersion: to }) };
}

/** `migration 8 of checkout (8 to 7)`. */
export function describeStep({ from, service, to }: HookStep): string {
  return `migration ${Math.max(from, to)} of ${service} (${from} to ${to})`;
}
