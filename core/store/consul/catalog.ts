/** Service registration at the local agent, endpoints from the health API. */
import type { Outcome } from "../../model/fault.ts";
import { err, ok } from "../../model/result.ts";
import { type Json, isObject } from "../../model/json.ts";
import { isKeptBackByRoutes, isMarkedOff } from "../kept-back.ts";
import { type Catalog, type CheckedEndpoint, type Endpoint, KEPT_BACK, type ReadOptions, type RegisteredService, type ServiceCheck, type ServiceRegistration } from "../port.ts";
import { numberOf, parseAll, parseJson, queryIndexOf, textOf, textsByName } from "./answer-fields.ts";
import { faultOfAnswer, unreadable } from "./answers-as-faults.ts";
import type { Answered, Call, Question } from "./call.ts";
import { blockingLimits, blockingQuery, consistencyOf } from "./key-value.ts";

export function createCatalog(call: Call, callBlocking: Call): Catalog {
  return {
    register: async (registration, options) => {
      const body = Buffer.from(JSON.stringify(encodeRegistration(registration)));
      // Checks that an earlier registration had, and this one hasn't, must go, and a maintenance with them.
      const query: Question["query"] = options?.keepsChecks === true ? {} : { "replace-existing-checks": "true" };
      const answered = await call({ operation: "service register", key: registration.id, method: "PUT", path: "/v1/agent/service/register", query, body }, options);
      return answered.ok ? expectOk(answered.value) : answered;
    },
    deregister: async (id, options) => {
      const answered = await call({ operation: "service deregister", key: id, method: "PUT", path: `/v1/agent/service/deregister/${encodeURIComponent(id)}` }, options);
      if (!answered.ok) return answered;
      return saysUnknown(answered.value) ? ok(undefined) : expectOk(answered.value);
    },
    read: async (id, options) => {
      const answered = await call({ operation: "service read", key: id, method: "GET", path: `/v1/agent/service/${encodeURIComponent(id)}` }, options);
      return answered.ok ? readService(answered.value) : answered;
    },
    ...createMaintenance(call),
    datacentres: async (options) => {
      const answered = await call({ operation: "datacentres", key: "catalog", method: "GET", path: "/v1/catalog/datacenters" }, options);
      if (!answered.ok) return answered;
      const { asked, answer } = answered.value;
      if (answer.status !== 200) return err(faultOfAnswer(asked, answer));
      const names = parseAll(parseJson(answer.body), textOf);
      return names === undefined ? err(unreadable(asked, answer, "not a list of datacentres")) : ok(names);
    },
    healthy: async (service, options) => {
      const answered = await call(healthQuestion("endpoints", service, {}, options), options);
      return answered.ok ? readAll(answered.value, parseEndpoint) : answered;
    },
    healthyInstance: async (service, id, options) => {
      const answered = await call(healthQuestion("endpoint", service, { filter: `Service.ID == "${id}"` }, options), options);
      if (!answered.ok) return answered;
      const read = readAll(answered.value, parseEndpoint);
      return read.ok ? ok(read.value.endpoints[0]) : read;
    },
    blockHealthy: async (service, afterIndex, options) => {
      const question = healthQuestion("watch endpoints", service, blockingQuery(afterIndex, options), options);
      const answered = await callBlocking(question, blockingLimits(options));
      return answered.ok ? readAll(answered.value, parseEndpoint) : answered;
    },
    instances: async (service, options) => {
      const answered = await call(instancesQuestion("instances", service, {}, options), options);
      return answered.ok ? readAll(answered.value, parseChecked, "instances") : answered;
    },
    blockInstances: async (service, afterIndex, options) => {
      const question = instancesQuestion("watch instances", service, blockingQuery(afterIndex, options), options);
      const answered = await callBlocking(question, blockingLimits(options));
      return answered.ok ? readAll(answered.value, parseChecked, "instances") : answered;
    },
  };
}

function createMaintenance(call: Call): Pick<Catalog, "maintain" | "maintenance"> {
  return {
    async maintenance(id, options) {
      const answered = await call({ operation: "maintenance read", key: id, method: "GET", path: `/v1/agent/health/service/id/${encodeURIComponent(id)}`, query: { format: "json" } }, options);
      return answered.ok ? readMaintenance(id, answered.value) : answered;
    },
    async maintain(id, reason, options) {
      const query = { enable: String(reason !== undefined), ...(reason === undefined ? {} : { reason }) };
      const answered = await call({ operation: "maintenance", key: id, method: "PUT", path: `/v1/agent/service/maintenance/${encodeURIComponent(id)}`, query }, options);
      return answered.ok ? expectOk(answered.value) : answered;
    },
  };
}

function healthQuestion(operation: string, service: string, query: Readonly<Record<string, string>>, options?: ReadOptions): Question {
  return instancesQuestion(operation, service, { passing: "", ...query }, options);
}

function instancesQuestion(operation: string, service: string, query: Readonly<Record<string, string>>, options?: ReadOptions): Question {
  return { operation, key: service, method: "GET", path: `/v1/health/service/${encodeURIComponent(service)}`, query: { ...query, ...consistencyOf(options) } };
}

/** DeregisterCriticalServiceAfter is left out on purpose: an instance that is down is still one that must apply. */
function encodeRegistration({ id, service, address, port, tags, meta, check, weight }: ServiceRegistration): object {
  const weights = weight === undefined ? undefined : { Passing: weight, Warning: 1 };
  return { ID: id, Name: service, Address: address, Port: port, Tags: tags, Meta: meta, Weights: weights, Check: check && encodeCheck(check) };
}

function encodeCheck({ kind, target, intervalMs, timeoutMs }: ServiceCheck): object {
  return { [kind === "http" ? "HTTP" : "TCP"]: target, Interval: `${intervalMs}ms`, Timeout: `${timeoutMs}ms`, Status: "passing" };
}

/** Consul 1.8 and newer word it differently, and newer ones say so on deregistration too. */
function saysUnknown({ answer }: Answered): boolean {
  return answer.status === 404 && /^unknown service/i.test(answer.body.toString());
}

function expectOk({ asked, answer }: Answered): Outcome<void> {
  return answer.status === 200 ? ok(undefined) : err(faultOfAnswer(asked, answer));
}

function readService(answered: Answered): Outcome<RegisteredService | undefined> {
  const { asked, answer } = answered;
  if (saysUnknown(answered)) return ok(undefined);
  if (answer.status !== 200) return err(faultOfAnswer(asked, answer));
  const json = parseJson(answer.body);
  const service = isObject(json) ? parseService(json) : undefined;
  return service === undefined ? err(unreadable(asked, answer, "not a service")) : ok(service);
}

/** The status code tells the health: 200, 429 and 503 all come with the checks (Consul: agent API, local service health by id). */
function readMaintenance(id: string, { asked, answer }: Answered): Outcome<string | undefined> {
  if (answer.status === 404) return ok(undefined);
  const json = parseJson(answer.body);
  const checks = isObject(json) ? parseAll(json["Checks"] ?? [], parseCheck) : undefined;
  if (checks !== undefined) return ok(checks.find((check) => check.id === maintenanceOf(id))?.notes);
  return err(answer.status === 200 ? unreadable(asked, answer, "not a service's health") : faultOfAnswer(asked, answer));
}

function parseService(json: Json | undefined): RegisteredService | undefined {
  if (!isObject(json)) return undefined;
  const id = textOf(json["ID"]);
  const service = textOf(json["Service"]);
  if (id === undefined || service === undefined) return undefined;
  return { id, service, address: textOf(json["Address"]) ?? "", port: numberOf(json["Port"]) ?? 0, meta: textsByName(json["Meta"]), tags: parseAll(json["Tags"], textOf) ?? [], weight: weightOf(json["Weights"]) };
}

function weightOf(json: Json | undefined): number | undefined {
  return isObject(json) ? numberOf(json["Passing"]) : undefined;
}

function readAll<E extends Endpoint>({ asked, answer }: Answered, parse: (json: Json) => E | undefined, what = "endpoints"): Outcome<{ readonly endpoints: readonly E[]; readonly queryIndex: number }> {
  if (answer.status !== 200) return err(faultOfAnswer(asked, answer));
  const endpoints = parseAll(parseJson(answer.body), parse);
  return endpoints === undefined ? err(unreadable(asked, answer, `not a list of ${what}`)) : ok({ endpoints, queryIndex: queryIndexOf(answer.headers) });
}

function parseChecked(json: Json): CheckedEndpoint | undefined {
  const endpoint = parseEndpoint(json);
  const checks = isObject(json) ? parseAll(json["Checks"], parseCheck) : undefined;
  if (endpoint === undefined || checks === undefined) return undefined;
  const isOwn = ({ id, notes }: Check): boolean => id === maintenanceOf(endpoint.id) && notes.startsWith(KEPT_BACK);
  return { ...endpoint, passing: !isMarkedOff(endpoint.meta) && checks.every((check) => check.status === "passing" || isOwn(check)), keptBack: checks.some(isOwn) && isKeptBackByRoutes(endpoint.meta) };
}

interface Check {
  readonly id: string | undefined;
  readonly status: string;
  /** For a maintenance, its reason. */
  readonly notes: string;
}

function parseCheck(json: Json): Check | undefined {
  if (!isObject(json)) return undefined;
  const status = textOf(json["Status"]);
  return status === undefined ? undefined : { id: textOf(json["CheckID"]), status, notes: textOf(json["Notes"]) ?? "" };
}

/** Consul: api.ServiceMaintPrefix. */
const maintenanceOf = (id: string): string => `_service_maintenance:${id}`;

/** A service without an address of its own stands at its node's. */
function parseEndpoint(json: Json): Endpoint | undefined {
  if (!isObject(json) || !isObject(json["Node"])) return undefined;
  const node = textOf(json["Node"]["Node"]);
  const service = parseService(json["Service"]);
  if (node === undefined || service === undefined) return undefined;
  const { id, port, tags, meta, weight } = service;
  return { id, node, address: service.address || (textOf(json["Node"]["Address"]) ?? ""), port, tags, meta, weight };
}
