import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import type { Store } from "../../core/store/port.ts";
import { type Finding, type Patient, fine, problem, warning } from "./finding.ts";

/** What plans write, and so must all be writable or none. */
const PLANNED = ["desired/", "history/", "verdicts/", "releases/"] as const;
/** A service that nobody has: only permissions are asked about. */
const NOBODY = "rollpin-doctor/probe";

/** Whether ACLs are on, and what the token may do here. */
export async function checkAcl(patient: Patient): Promise<readonly Finding[]> {
  const token = await checkToken(patient);
  if (token.level === "problem") return [token];
  const reading = await checkReading(patient);
  return [token, ...reading, ...(await checkWriting(patient, reading.some(({ level }) => level === "problem")))];
}

async function checkToken({ inspector, signal }: Patient): Promise<Finding> {
  const self = await inspector.read("/v1/acl/token/self", { signal });
  if (!self.ok) return warning("acl", describeStoreFault(self.fault), "run doctor again");
  const { status, body } = self.value;
  if (/ACL support disabled/i.test(body)) return fine("acl", "Consul's ACLs are off: anybody may change anything");
  if (status === 200) return fine("acl", "the token is known to Consul");
  if (/ACL not found/i.test(body) && inspector.hasToken) return problem("acl", "Consul does not know the token that was given", "give a valid one in CONSUL_HTTP_TOKEN or CONSUL_HTTP_TOKEN_FILE");
  return fine("acl", inspector.hasToken ? `what token this is can't be told (HTTP ${status})` : "no token was given: Consul's anonymous one is used");
}

/** Listing without permission looks like an empty folder, so a plain key is asked for. */
async function checkReading({ store, signal }: Patient): Promise<readonly Finding[]> {
  const folders = [...PLANNED, "instances/"];
  const denied: string[] = [];
  for (const folder of folders) {
    const one = await store.get(`${folder}${NOBODY}`, { signal });
    if (!one.ok && one.fault.kind === "denied") denied.push(`${store.prefix}/${folder}`);
    else if (!one.ok) return [warning("acl", describeStoreFault(one.fault), "run doctor again")];
  }
  if (denied.length === 0) return [fine("acl", `it may read all of ${store.prefix}/`)];
  return [problem("acl", `the token may not read ${denied.join(", ")}: what is there looks empty`, `give it a policy with key_prefix "${store.prefix}/" { policy = "read" }`)];
}

/** A read-only token is nothing wrong; one that may write some of what a plan writes, is. */
async function checkWriting({ store, signal }: Patient, isBlind: boolean): Promise<readonly Finding[]> {
  const may: string[] = [];
  const mayNot: string[] = [];
  for (const folder of PLANNED) {
    const answer = await mayWrite(store, `${folder}${NOBODY}`, signal);
    if (typeof answer !== "boolean") return [warning("acl", describeStoreFault(answer), "run doctor again")];
    (answer ? may : mayNot).push(`${store.prefix}/${folder}`);
  }
  if (mayNot.length === 0) return [fine("acl", `it may write all that plans write (${may.join(", ")})`)];
  if (may.length === 0) return [fine("acl", isBlind ? "it may change nothing" : "it may change nothing: enough for status, history and diff")];
  return [problem("acl", `it may write ${may.join(", ")} but not ${mayNot.join(", ")}: plans write all of these together, and would be denied`, 'give it the policy that "rollpin doctor --acl-policy operator" prints')];
}

/**
 * Asks with a transaction that can't succeed (a key that isn't there should have an index): Consul looks at permissions
 * before it looks at conditions, so a conflict means that writing would have been allowed. Nothing is ever written.
 */
async function mayWrite(store: Store, key: string, signal: AbortSignal): Promise<boolean | StoreFault> {
  const outcome = await store.transact([{ kind: "replace", key, value: "", modifyIndex: 1 }], { signal });
  if (outcome.ok) return true;
  const { fault } = outcome;
  if (fault.kind === "denied") return false;
  if (fault.kind === "conflict") return !fault.failures.some(({ what }) => /permission denied/i.test(what));
  return fault;
}
