/** Sessions (Consul API: sessions). */
import { err, ok } from "../../model/result.ts";
import { isObject } from "../../model/json.ts";
import type { Sessions } from "../port.ts";
import { parseJson, textOf } from "./answer-fields.ts";
import { faultOfAnswer, unreadable } from "./answers-as-faults.ts";
import type { Answered, Call } from "./call.ts";

export function createSessions(call: Call): Sessions {
  return {
    create: async ({ name, ttlMs, ...options }) => {
      const body = Buffer.from(JSON.stringify({ Name: name, TTL: `${ttlMs}ms`, LockDelay: "0s", Behavior: "release" }));
      const answered = await call({ operation: "session create", key: name, method: "PUT", path: "/v1/session/create", body }, options);
      if (!answered.ok) return answered;
      const { asked, answer } = answered.value;
      if (answer.status !== 200) return err(faultOfAnswer(asked, answer));
      const json = parseJson(answer.body);
      const id = isObject(json) ? textOf(json["ID"]) : undefined;
      return id === undefined ? err(unreadable(asked, answer, "not a session")) : ok(id);
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

/** Consul's 404 names the session; a proxy's doesn't. */
function saysUnknown({ answer }: Answered, session: string): boolean {
  return answer.status === 404 && answer.body.toString().includes(session);
}

function expectOk({ asked, answer }: Answered) {
  return answer.status === 200 ? ok(undefined) : err(faultOfAnswer(asked, answer));
}
