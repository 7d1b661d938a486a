import type { DesiredKey, DesiredState } from "../model/desired.ts";

/**
 * Reads a routing document that isn't the accepted one, so that a broken one is refused as any other part is. Whoever has
 * the routes that were accepted never loads what reading takes.
 */
export async function judgeRoutes(keys: readonly DesiredKey[], accepted: DesiredState): Promise<readonly DesiredKey[]> {
  const written = keys.find(({ part, text }) => part === "routes" && text !== undefined && text !== accepted.routes);
  if (written?.text === undefined) return keys;
  const { parseRoutes, sayFaults } = await import("../config/parse-routes.ts");
  const parsed = parseRoutes(written.text, "routes");
  return parsed.ok ? keys : keys.map((key) => (key === written ? { ...key, fault: sayFaults(parsed.fault) } : key));
}
