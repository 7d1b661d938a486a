/** Traffic off what can't read data while it is migrated: before the first migration of any service, since nothing can be taken back after that. */
import type { DrainStep } from "../../model/operation.ts";
import type { Plan } from "../../model/plan.ts";

export function planDrainSteps({ migrations = [] }: Pick<Plan, "migrations">): readonly DrainStep[] {
  return migrations.flatMap(({ off = [], service }) => (off.length === 0 ? [] : [{ kind: "drain", service, versions: [...off] }]));
}

/** `traffic off 2.0.0 of checkout`. */
export function describeDrain({ service, versions }: DrainStep): string {
  return `traffic off ${versions.join(", ")} of ${service}`;
}
