/** Sessions (Consul API: sessions). */
import type { Outcome } from "../../model/fault.ts";
import { err, ok } from "../../model/result.ts";
import { isObject } from "../../model/json.ts";
import type { CallOptions, Sessions } from "../port.ts";
import { parseAll, parseJson, textOf } from "./answer-fields.ts";
import { faultOfAnswer, unreadable } from "./answers-as-faults.ts";
import type { Answered, Call } from "./call.ts";

export function createSessions(call: Call): Sessions {
  return {
    create: async ({ name, ttlMs, ...options }) => {
      const wanted = { Name: name, TTL: `${ttlMs}ms`, LockDelay: "0s", Behavior: "release" };
      const created = await create(call, wanted, options);
      if (!created.ok || !isOfAnotherDatacentre(created.value)) return created.ok ? readSession(created.value) : created;
      const node = await serverNode(call, options);
      if (!node.ok) return node;
      const there = await create(call, { ...wanted, Node: node.value, Checks: [], NodeChecks: [] }, options);
      return there.ok ? readSession(there.value) : there;
    },
    renew: async (session, options) => {
      const operation = "session renew";
      const answered = await call({ operation, key: session, method: "PUT", path: `/v1/session/renew/${encodeURIComponent(session)}` }, options);
      if (!answered.ok) return answered;
      if (saysUnknown(answered.value, session)) return err({ kind: "no-session", operation, session });
      return expectOk(answered.value);
    },
    destroy: async (session, options) => {
      const answered = await call({ operation: "session destroy", key: session, method: "PUT", path: `/v1/session/destroy/${encodeURIComponent(session)}` }, options);
      if (!answered.ok) return answered;
      return saysUnknown(answered.value, session) ? ok(undefined) : expectOk(answered.value);
    },
  };
}

function create(call: Call, wanted: { readonly Name: string } & Readonly<Record<string, unknown>>, options: CallOptions): Promise<Outcome<Answered>> {
  return call({ operation: "session create", key: wanted.Name, method: "PUT", path: "/v1/session/create", body: Buffer.from(JSON.stringify(wanted)) }, options);
}

/** A session is its agent's node's unless told, and another datacentre doesn't have that node. */
function isOfAnotherDatacentre({ answer }: Answered): boolean {
  return answer.status === 500 && /Missing node registration/i.test(answer.body.toString());
}

/** One that lives there, as `consul exec` does it: its session ends by its TTL alone. */
async function serverNode(call: Call, options: CallOptions): Promise<Outcome<string>> {
  const answered = await call({ operation: "servers", key: "consul", method: "GET", path: "/v1/health/service/consul", query: { passing: "" } }, options);
  if (!answered.ok) return answered;
  const { asked, answer } = answered.value;
  if (answer.status !== 200) return err(faultOfAnswer(asked, answer));
  const [node] = parseAll(parseJson(answer.body), (json) => (isObject(json) && isObject(json["Node"]) ? textOf(json["Node"]["Node"]) : undefined)) ?? [];
  return node === undefined ? err({ kind: "denied", operation: "servers", key: "consul", cause: "a session needs a node, and the token sees no server of that datacentre" }) : ok(node);
}

function readSession({ asked, answer }: Answered): Outcome<string> {
  if (answer.status !== 200) return err(faultOfAnswer(asked, answer));
  const json = parseJson(answer.body);
  const id = isObject(json) ? textOf(json["ID"]) : undefined;
  return id === undefined ? err(unreadable(asked, answer, "not a session")) : ok(id);
}

/** Consul's 404 names the session; a proxy's doesn't. */
function saysUnknown({ answer }: Answered, session: string): boolean {
  return answer.status === 404 && answer.body.toString().includes(session);
}

function expectOk({ asked, answer }: Answered) {
  return answer.status === 200 ? ok(undefined) : err(faultOfAnswer(asked, answer));
}
