/** Whether somebody is there who can do what a plan asks of hooks. Asks Consul nothing where it asks nothing. */
import { type HooksOffer, judgeHooks } from "../decide/hooks/judge-hooks.ts";
import type { StoreFault } from "../model/fault.ts";
import { hooksLeadSchema } from "../model/hook-records.ts";
import { parseRecord } from "../model/parse-record.ts";
import type { Plan, Refusal } from "../model/plan.ts";
import { type Result, err, ok } from "../model/result.ts";
import { hooksKey } from "../store/keys.ts";
import type { ReadOptions, Store } from "../store/port.ts";

export async function checkHooks(store: Store, plan: Plan, options: ReadOptions): Promise<Result<Result<Plan, Refusal>, StoreFault>> {
  const { migrations = [] } = plan;
  const offers = new Map<string, HooksOffer | undefined>();
  for (const { service } of migrations) {
    const entry = await store.get(hooksKey(service), options);
    if (!entry.ok) return entry;
    const lead = entry.value?.session === undefined ? undefined : parseRecord(hooksLeadSchema, entry.value.key, entry.value.value);
    offers.set(service, lead?.ok === true ? lead.value : undefined);
  }
  const checks = judgeHooks(migrations, offers);
  const checked: Plan = checks.length === 0 ? plan : { ...plan, checks: [...plan.checks, ...checks] };
  const refused = checks.find(({ result }) => result === "refused");
  return ok(refused === undefined ? ok(checked) : err({ kind: "refused", check: "hooks", service: refused.service, message: refused.detail, plan: checked }));
}
