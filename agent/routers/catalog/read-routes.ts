import { parseRoutes, sayFaults } from "../../../core/config/parse-routes.ts";
import { versionsLeft } from "../../../core/decide/routing/versions-left.ts";
import type { DesiredState } from "../../../core/model/desired.ts";
import type { Routes } from "../../../core/model/routes.ts";
import type { HoldReason, Intent } from "../../loop/intent.ts";

/** The routes that the instance's own service has, over the changes of what is desired. */
export interface OwnRoutes {
  readonly state: DesiredState;
  readonly revision: number;
  /** The last that could be read; undefined where there are none, and nobody asks for more than another. */
  readonly routes: Routes | undefined;
  readonly left: readonly string[];
  readonly hold: HoldReason | undefined;
}

/** Undefined where nobody knows: without Consul's word everything stays as it is. */
export function readRoutes(intent: Intent, before: OwnRoutes | undefined, key: string): OwnRoutes | undefined {
  if (intent.kind !== "consul") return undefined;
  const { hold, left: known = [], mode, revision, state } = intent;
  const left = before === undefined ? known : [...new Set([...known, ...versionsLeft(before.left, before.state, state)])];
  const ground = { state, revision, left, hold };
  if (mode === "ejected" || state.routes === undefined) return { ...ground, routes: undefined };
  if (before?.routes !== undefined && state.routes === before.state.routes) return { ...ground, routes: before.routes, hold: hold ?? before.hold };
  const parsed = parseRoutes(state.routes, key);
  if (parsed.ok) return { ...ground, routes: parsed.value };
  return { ...ground, routes: before?.routes, hold: hold ?? { code: "bad-routes", message: `${sayFaults(parsed.fault)}; the last routes that could be read go on` } };
}
