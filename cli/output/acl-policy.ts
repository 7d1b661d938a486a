import { type AclRole, type AclRule, hclOf } from "../doctor/acl-policy.ts";
import type { Printable } from "./printable.ts";

export function aclPolicyPrintable(role: AclRole, rules: readonly AclRule[]): Printable {
  return { value: aclPolicyValue(role, rules), text: () => hclOf(rules) };
}

function aclPolicyValue(role: AclRole, rules: readonly AclRule[]) {
  return { kind: "acl-policy", role, rules, hcl: hclOf(rules) };
}
