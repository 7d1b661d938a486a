import { type Result, err, ok } from "../../../core/model/result.ts";
import type { HoldReason } from "../../loop/intent.ts";
import type { Installer } from "../../template/install.ts";
import type { Renderer } from "../../template/render.ts";
import type { View } from "../view.ts";
import { type RoutesValuesFacts, routesValuesOf } from "./routes-values.ts";

export interface PlaceDeps {
  readonly facts: Omit<RoutesValuesFacts, "view">;
  readonly target: string;
  readonly renderer: Renderer;
  readonly installer: Installer;
}

export interface Placed {
  readonly text: string;
  /** It wasn't there before. */
  readonly isNew: boolean;
  /** A sentence, where something else than the template had changed the file. */
  readonly drift: string | undefined;
}

/** Where the program takes not even the file that it had, it doesn't run: started anew, it is to go by the routes as they are now. */
async function leaveThere(text: string, why: string, installer: Installer): Promise<HoldReason> {
  const left = await installer.leave(text);
  return { code: "router-broken", message: left.ok ? `${why}. The new file, which was good, is left there: started anew, it goes by that` : `${why}; ${left.fault}` };
}

/** What the commands of such a router learn: names that are safe in any shell. */
export function environmentOf(upstream: string, { revision }: Pick<View, "revision">): Readonly<Record<string, string>> {
  return { ROLLPIN_UPSTREAM: upstream, ROLLPIN_REVISION: String(revision) };
}

/** Has the file say what the view comes to, and its reader read it. What fails leaves the file, and requests, as they were. */
export async function placeRoutes(view: View, before: Placed | undefined, { facts, installer, renderer, target }: PlaceDeps, signal: AbortSignal): Promise<Result<Placed, HoldReason>> {
  const rendered = await renderer.render(routesValuesOf({ view, ...facts }));
  if (!rendered.ok) return err({ code: "router-template", message: `${rendered.fault}; ${target} stays as it is, and requests go on as before` });
  const text = rendered.value;
  const placed = await installer.install(text, environmentOf(facts.upstream, view), signal);
  if (!placed.ok && placed.fault.kind === "broken") return err(await leaveThere(text, placed.fault.message, installer));
  if (!placed.ok) return err({ code: "router-refused", message: `${placed.fault.message}; requests go on as before` });
  const isNew = placed.value !== undefined;
  const drift = isNew && before?.text === text ? `${target} was changed by something else, and was written anew: it is rollpin's. Change its template instead` : undefined;
  return ok({ text, isNew, drift });
}
