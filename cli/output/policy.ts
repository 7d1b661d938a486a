import { type ConfigError, renderConfigError } from "../../core/config/config-error.ts";
import type { Printable } from "./printable.ts";

export interface PolicyFields {
  readonly service: string;
  /** As it stands there; undefined where there is none. */
  readonly policy: string | undefined;
  /** What is wrong with it: then the guard goes by the last good one. */
  readonly faults: readonly ConfigError[];
}

/** The text itself, as it is: what is written to a file should be what is in Consul. */
export function policyPrintable({ faults, policy, service }: PolicyFields): Printable {
  const text = policy ?? "";
  return { value: policyValue({ service, policy: policy ?? null, faults: faults.map(renderConfigError) }), text: () => text, raw: text };
}

export interface PolicyChange {
  readonly service: string;
  readonly outcome: "planned" | "changed" | "unchanged";
  readonly policy: string | undefined;
}

export function policyChangePrintable({ outcome, policy, service }: PolicyChange): Printable {
  return { value: policyValue({ service, policy: policy ?? null, faults: [], outcome }), text: () => describePolicyChange({ outcome, policy, service }) };
}

export function describePolicyChange({ outcome, policy, service }: PolicyChange): string {
  const what = policy === undefined ? `${service} has no policy, and nobody guards it` : `${service} is guarded by this policy wherever an agent with a guard's token looks after it`;
  if (outcome === "unchanged") return policy === undefined ? `${service} has no policy: nothing to change` : `the policy of ${service} is this already: nothing to change`;
  return outcome === "planned" ? `would change the policy: then ${what}` : `the policy was changed: ${what}`;
}

function policyValue(fields: { readonly service: string; readonly policy: string | null; readonly faults: readonly string[]; readonly outcome?: PolicyChange["outcome"] }) {
  return { kind: "policy", ...fields };
}
