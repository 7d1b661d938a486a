import { renderConfigError } from "../../core/config/config-error.ts";
import { parsePolicy } from "../../core/config/parse-policy.ts";
import { entryText } from "../../core/store/entry-text.ts";
import { policyKey } from "../../core/store/keys.ts";
import { type Ending, failed, failureOfStore, result } from "../ending.ts";
import { gatherKnown } from "../gather.ts";
import { policyPrintable } from "../output/policy.ts";
import type { Session } from "../session.ts";

/** Byte for byte, and on stderr what is wrong with it. */
export async function showPolicy(session: Session, service: string): Promise<Ending> {
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const [known, entry] = await Promise.all([gatherKnown(store.value, [service], { signal: session.signal, history: 1 }), store.value.get(policyKey(service), { signal: session.signal })]);
  if (!known.ok) return failed(known.fault);
  if (!entry.ok) return failed(failureOfStore(entry.fault));
  const policy = entryText(entry.value);
  const parsed = policy === undefined ? undefined : parsePolicy(policy, `${store.value.prefix}/${policyKey(service)}`);
  const faults = parsed?.ok === false ? parsed.fault : [];
  if (session.flags.output === "table") session.world.stderr.write(noteOf(service, policy, faults.map(renderConfigError)));
  return result(policyPrintable({ service, policy, faults }));
}

function noteOf(service: string, policy: string | undefined, faults: readonly string[]): string {
  if (policy === undefined) return `${service} has no policy, and nobody guards it\n`;
  return faults.length === 0 ? "" : `this policy isn't right, and a guard goes by the last good one it knows:\n${faults.join("\n")}\n`;
}
