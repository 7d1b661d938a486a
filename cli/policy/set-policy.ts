import { renderConfigError } from "../../core/config/config-error.ts";
import { parsePolicy } from "../../core/config/parse-policy.ts";
import { removeAsRead, writeAsRead } from "../../core/store/as-read.ts";
import { entryText } from "../../core/store/entry-text.ts";
import { policyKey } from "../../core/store/keys.ts";
import type { Entry, Store } from "../../core/store/port.ts";
import { confirm, refuseToGuess } from "../confirm.ts";
import { type Ending, failed, failureOfStore, result, usage } from "../ending.ts";
import type { ChangeFlags } from "../flags.ts";
import { gatherKnown } from "../gather.ts";
import { type PolicyChange, describePolicyChange, policyChangePrintable } from "../output/policy.ts";
import type { Session } from "../session.ts";

/** A policy is no desired state, so there is no plan: one key, by compare-and-set. Undefined removes it. */
export async function setPolicy(session: Session, service: string, text: string | undefined, flags: ChangeFlags): Promise<Ending> {
  const parsed = text === undefined ? undefined : parsePolicy(text, "policy");
  if (parsed?.ok === false) return failed(usage(`the policy isn't right, and nothing was changed:\n${parsed.fault.map(renderConfigError).join("\n")}`));
  const allowed = refuseToGuess(session, flags, `this changes by what ${service} is guarded`);
  if (!allowed.ok) return failed(allowed.fault);
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const [known, entry] = await Promise.all([gatherKnown(store.value, [service], { signal: session.signal, history: 1 }), store.value.get(policyKey(service), { signal: session.signal })]);
  if (!known.ok) return failed(known.fault);
  if (!entry.ok) return failed(failureOfStore(entry.fault));
  const isSame = entryText(entry.value) === text;
  const asked: PolicyChange = { service, policy: text, outcome: isSame ? "unchanged" : "planned" };
  if (isSame || flags.dryRun === true) return result(policyChangePrintable(asked));
  if (flags.yes !== true) session.world.stderr.write(`${describePolicyChange(asked)}\n`);
  const agreed = await confirm(session, flags, "Do this?");
  return agreed.ok ? write(store.value, entry.value, asked) : failed(agreed.fault);
}

async function write(store: Store, entry: Entry | undefined, asked: PolicyChange): Promise<Ending> {
  const key = policyKey(asked.service);
  // What isn't there isn't removed: text and entry differ.
  const written = await store.transact([asked.policy === undefined ? removeAsRead(key, entry?.modifyIndex) : writeAsRead(key, asked.policy, entry?.modifyIndex)]);
  if (written.ok) return result(policyChangePrintable({ ...asked, outcome: "changed" }));
  if (written.fault.kind !== "conflict") return failed(failureOfStore(written.fault));
  return failed({ code: "conflict", message: `${store.prefix}/${key} was changed by someone else just now; nothing was changed here: look at "rollpin policy show ${asked.service}" and say it again` });
}
