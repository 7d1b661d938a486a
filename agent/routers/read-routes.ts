import { parseRoutes, sayFaults } from "../../core/config/parse-routes.ts";
import { versionsLeft } from "../../core/decide/routing/versions-left.ts";
import type { DesiredState } from "../../core/model/desired.ts";
import type { Routes } from "../../core/model/routes.ts";
import type { HoldReason } from "../loop/intent.ts";

/** A service's routes, over the changes of what is desired. */
export interface ReadRoutes {
  /** As it stands there. */
  readonly text: string | undefined;
  /** The last that could be read; undefined where there are none. */
  readonly good: { readonly text: string; readonly routes: Routes } | undefined;
  /** Why that isn't what stands there. */
  readonly problem: HoldReason | undefined;
}

export const NONE_READ: ReadRoutes = { text: undefined, good: undefined, problem: undefined };

/** What is as it was isn't read again, and what can't be read leaves what was good before it. `key` is where it stands. */
export function readRoutes(text: string | undefined, before: ReadRoutes, key: string): ReadRoutes {
  if (text === before.text) return before;
  if (text === undefined) return NONE_READ;
  const parsed = parseRoutes(text, key);
  if (parsed.ok) return { text, good: { text, routes: parsed.value }, problem: undefined };
  return { ...before, text, problem: { code: "bad-routes", message: `${sayFaults(parsed.fault)}; the last routes that could be read go on` } };
}

/** What is known to be left, as the head tells it, and by a flip that isn't in history yet: that is this agent's own to notice. */
export function leftByNow(known: readonly string[] | undefined, before: { readonly left: readonly string[]; readonly state: DesiredState }, state: DesiredState): readonly string[] {
  return [...new Set([...(known ?? []), ...versionsLeft(before.left, before.state, state)])];
}
