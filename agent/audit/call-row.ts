import { type Clock, isoTime } from "../../core/clock.ts";
import type { AuditSettings } from "../../core/config/audit-settings.ts";
import { operationOf } from "../../core/decide/audit/operation-of.ts";
import { traceOf } from "../../core/decide/audit/trace-of.ts";
import type { AuditCall } from "../../core/model/audit-row.ts";
import { parseServiceName, parseVersion } from "../../core/model/names.ts";
import type { EndedCall } from "../proxy/ended-call.ts";
import { redactText } from "../redact.ts";
import { routedRequest } from "../routers/routed-request.ts";

/** By which of this agent's ports calls come, and so who calls whom. */
export interface Door {
  /** Undefined: the request may say. */
  readonly caller: string | undefined;
  readonly service: string;
  /** Of this agent's own instance. */
  readonly track: string | undefined;
}

const LONGEST_VALUE = 256;
const LONGEST_OPERATION = 512;
const GONE = "the client left before an answer had begun";

/** What is written of a request: nothing of what it carries but what the settings name. */
export function callRow(call: EndedCall, door: Door, settings: AuditSettings, clock: Pick<Clock, "monotonic" | "now">): AuditCall {
  const { begun, ended, request, status } = call;
  const read = routedRequest(request, "");
  const header = (name: string | undefined): string | undefined => (name === undefined ? undefined : read.header(name));
  return {
    v: 1,
    kind: "call",
    at: isoTime(clock.now() - (clock.monotonic() - begun)),
    caller: door.caller ?? serviceIn(header(settings.caller)),
    ...answererOf(call, door),
    operation: operationOf(read.method, read.path, settings.paths).slice(0, LONGEST_OPERATION),
    ...outcomeOf(call),
    status,
    ms: Math.round((ended - begun) * 1000) / 1000,
    trace: traceOf(read.header("traceparent"), header(settings.trace)),
    user: valueOf(header(settings.user)),
    parameters: settings.parameters.length === 0 ? undefined : parametersOf(request.url ?? "", settings.parameters),
  };
}

/** A registration may say anything of its version. */
function answererOf({ upstream }: EndedCall, { service, track }: Door): Pick<AuditCall, "service" | "track" | "version"> {
  const version = upstream?.instance === undefined ? upstream?.version : upstream.instance.version;
  return { service: upstream?.service ?? service, version: version !== undefined && parseVersion(version).ok ? version : undefined, track: upstream?.instance?.track ?? track };
}

function outcomeOf({ error, status }: EndedCall): Pick<AuditCall, "error" | "result"> {
  return status === undefined ? { result: "failed", error: GONE } : { result: status >= 500 ? "failed" : "ok", error };
}

function serviceIn(named: string | undefined): string | undefined {
  return named !== undefined && parseServiceName(named).ok ? named : undefined;
}

/** A value may hold what its name doesn't say. */
function valueOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : redactText(text).slice(0, LONGEST_VALUE);
}

function parametersOf(url: string, names: readonly string[]): AuditCall["parameters"] {
  const start = url.indexOf("?");
  if (start === -1) return undefined;
  const query = new URLSearchParams(url.slice(start + 1));
  const found = names.flatMap((name): [string, string][] => {
    const value = valueOf(query.get(name) ?? undefined);
    return value === undefined ? [] : [[name, value]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
