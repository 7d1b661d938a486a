/** Config entries of the service mesh, one by one, and what a service speaks there. */
import type { Outcome } from "../../model/fault.ts";
import { type JsonObject, isObject } from "../../model/json.ts";
import type { MeshEntry, MeshEntryKind } from "../../model/mesh-entries.ts";
import { err, ok } from "../../model/result.ts";
import type { Mesh } from "../port.ts";
import { numberOf, parseJson, textOf, textsByName } from "./answer-fields.ts";
import { faultOfAnswer, unreadable } from "./answers-as-faults.ts";
import type { Answered, Call } from "./call.ts";
import { consistencyOf } from "./key-value.ts";

export function createMesh(call: Call): Mesh {
  return {
    async read(kind, service, options) {
      const answered = await call({ operation: "mesh read", key: nameOf(kind, service), method: "GET", path: `/v1/config/${kind}/${encodeURIComponent(service)}`, query: consistencyOf(options) }, options);
      return answered.ok ? readEntry(kind, answered.value) : answered;
    },
    async write(service, { fields, kind, meta, modifyIndex }, options) {
      const body = Buffer.from(JSON.stringify({ ...fields, Kind: kind, Name: service, Meta: meta }));
      const answered = await call({ operation: "mesh write", key: nameOf(kind, service), method: "PUT", path: "/v1/config", query: { cas: String(modifyIndex) }, body }, options);
      return answered.ok ? readWritten(nameOf(kind, service), answered.value) : answered;
    },
    async protocol(service, options) {
      const answered = await call({ operation: "mesh read", key: nameOf("discovery-chain", service), method: "GET", path: `/v1/discovery-chain/${encodeURIComponent(service)}`, query: consistencyOf(options) }, options);
      return answered.ok ? readProtocol(answered.value) : answered;
    },
  };
}

const nameOf = (kind: string, service: string): string => `${kind} ${service}`;

/** What Consul says beside them of every entry. */
const COMMON: ReadonlySet<string> = new Set(["Kind", "Name", "Meta", "CreateIndex", "ModifyIndex", "Namespace", "Partition", "Hash"]);

function readEntry(kind: MeshEntryKind, { answer, asked }: Answered): Outcome<MeshEntry | undefined> {
  if (answer.status === 404 && /^Config entry not found/i.test(answer.body.toString())) return ok(undefined);
  if (answer.status !== 200) return err(faultOfAnswer(asked, answer));
  const json = parseJson(answer.body);
  const modifyIndex = isObject(json) ? numberOf(json["ModifyIndex"]) : undefined;
  if (!isObject(json) || modifyIndex === undefined) return err(unreadable(asked, answer, "not a config entry"));
  const fields: JsonObject = Object.fromEntries(Object.entries(json).filter(([name]) => !COMMON.has(name)));
  return ok({ kind, meta: textsByName(json["Meta"]), fields, modifyIndex });
}

function readWritten(key: string, { answer, asked }: Answered): Outcome<void> {
  if (answer.status !== 200) return err(refusalOf({ answer, asked }));
  const text = answer.body.toString().trim();
  if (text === "true") return ok(undefined);
  if (text === "false") return err({ kind: "conflict", operation: asked.operation, failures: [{ index: 0, key, what: "somebody else has written it meanwhile" }] });
  return err(unreadable(asked, answer, "neither true nor false"));
}

/** What doesn't fit the other entries is refused with a 500 and a sentence, and surely not written. */
function refusalOf({ answer, asked }: Answered): ReturnType<typeof faultOfAnswer> {
  const read = faultOfAnswer({ ...asked, writes: false }, answer);
  return read.kind === "bad-answer" && answer.headers["content-type"]?.startsWith("text/html") !== true ? read : faultOfAnswer(asked, answer);
}

function readProtocol({ answer, asked }: Answered): Outcome<string> {
  if (answer.status !== 200) return err(faultOfAnswer(asked, answer));
  const json = parseJson(answer.body);
  const chain = isObject(json) ? json["Chain"] : undefined;
  const protocol = isObject(chain) ? textOf(chain["Protocol"]) : undefined;
  return protocol === undefined ? err(unreadable(asked, answer, "not a discovery chain")) : ok(protocol);
}
