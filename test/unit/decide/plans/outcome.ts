import type { Planned } from "../../../../core/decide/plans/assemble-plan.ts";
import type { Plan, Refusal } from "../../../../core/model/plan.ts";

export function planOf(planned: Planned): Plan {
  if (!planned.ok) throw new Error(`there is no plan: ${JSON.stringify(planned.fault)}`);
  return planned.value;
}

export function refusalOf(planned: Planned): Refusal {
  if (planned.ok) throw new Error(`it was not refused: ${JSON.stringify(planned.value)}`);
  return planned.fault;
}

/** `registered: passed` and so on, by name. */
export function resultsOf(plan: Plan | undefined): Record<string, string> {
  return Object.fromEntries((plan?.checks ?? []).map(({ name, result }) => [name, result]));
}
