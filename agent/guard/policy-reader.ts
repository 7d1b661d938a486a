/** The policy that is in force: what stands in Consul, or, where that isn't right, the last one that was. */
import { renderConfigError } from "../../core/config/config-error.ts";
import { parsePolicy } from "../../core/config/parse-policy.ts";
import type { Policy } from "../../core/config/policy-schema.ts";
import { sha256 } from "../../core/decide/digest.ts";
import type { Outcome } from "../../core/model/fault.ts";
import { ok } from "../../core/model/result.ts";
import { writeAsRead } from "../../core/store/as-read.ts";
import { entryText } from "../../core/store/entry-text.ts";
import { guardLockKey, guardPolicyKey, policyKey } from "../../core/store/keys.ts";
import type { Store } from "../../core/store/port.ts";

export interface PolicyInForce {
  readonly policy: Policy;
  readonly text: string;
  readonly digest: string;
  /** What is wrong with the one that stands in Consul now. */
  readonly fault: string | undefined;
}

export interface PolicyReader {
  /** Undefined: there is none, and nothing is guarded; or none that was ever right. */
  read(signal: AbortSignal): Promise<Outcome<PolicyInForce | undefined>>;
  /** Leaves the one in force for whoever guards next. Fenced. */
  keep(session: string, signal: AbortSignal): Promise<void>;
}

export function readPolicies(store: Store, service: string): PolicyReader {
  let seen: string | undefined;
  let inForce: PolicyInForce | undefined;
  let kept: string | undefined;
  const note = async (text: string, signal: AbortSignal): Promise<void> => {
    const parsed = parsePolicy(text, `${store.prefix}/${policyKey(service)}`);
    if (parsed.ok) inForce = { policy: parsed.value, text, digest: sha256(text), fault: undefined };
    else {
      const [first, ...more] = parsed.fault.map(renderConfigError);
      const fault = `the policy isn't right: ${first}${more.length === 0 ? "" : ` (and ${more.length} more)`}`;
      inForce = inForce === undefined ? await lastGood(store, service, fault, signal) : { ...inForce, fault };
    }
  };
  return {
    async read(signal) {
      const read = await store.get(policyKey(service), { signal });
      if (!read.ok) return read;
      const text = entryText(read.value);
      if (text === undefined) inForce = undefined;
      else if (text !== seen || inForce === undefined) await note(text, signal);
      seen = text;
      return ok(inForce);
    },
    async keep(session, signal) {
      if (inForce === undefined || inForce.text === kept) return;
      const { text } = inForce;
      const key = guardPolicyKey(service);
      const read = await store.get(key, { signal, consistency: "consistent" });
      if (!read.ok) return;
      const write = writeAsRead(key, text, read.value?.modifyIndex);
      const isThere = entryText(read.value) === text || (await store.transact([{ kind: "expect-session", key: guardLockKey(service), session }, write], { signal })).ok;
      if (isThere) kept = text;
    },
  };
}

/** What the guard before this one went by. */
async function lastGood(store: Store, service: string, fault: string, signal: AbortSignal): Promise<PolicyInForce | undefined> {
  const read = await store.get(guardPolicyKey(service), { signal });
  const text = read.ok ? entryText(read.value) : undefined;
  const parsed = text === undefined ? undefined : parsePolicy(text, guardPolicyKey(service));
  return text !== undefined && parsed?.ok === true ? { policy: parsed.value, text, digest: sha256(text), fault } : undefined;
}
