import type { JsonObject } from "../../model/json.ts";
import type { Condition, ValueMatch } from "../../model/routes.ts";

/** A rule's conditions as a service-router's match (Consul: service-router, `Match.HTTP`). Undefined: it can't look at one of them. */
export function httpMatch(conditions: readonly Condition[]): JsonObject | undefined {
  let match: JsonObject = {};
  const headers: JsonObject[] = [];
  for (const condition of conditions) {
    if (condition.kind === "cookie" || condition.kind === "caller") return undefined;
    if (condition.kind === "path") match = { ...match, PathPrefix: condition.prefix };
    // Consul takes none twice.
    if (condition.kind === "method") match = { ...match, Methods: [...new Set(condition.methods)] };
    if (condition.kind === "header") headers.push({ Name: condition.name, ...valueMatch(condition.value) });
  }
  return { HTTP: headers.length === 0 ? match : { ...match, Header: headers } };
}

function valueMatch(value: ValueMatch): JsonObject {
  switch (value.kind) {
    case "exact":
      return { Exact: value.text };
    case "prefix":
      return { Prefix: value.text };
    case "present":
      return value.present ? { Present: true } : { Present: true, Invert: true };
  }
}
