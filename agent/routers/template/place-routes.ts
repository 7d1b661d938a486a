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

/** Has the file say what the view comes to, and its reader read it. What fails leaves the file, and requests, as they were. */
export async function placeRoutes(view: View, before: Placed | undefined, { facts, installer, renderer, target }: PlaceDeps, signal: AbortSignal): Promise<Result<Placed, HoldReason>> {
  const rendered = await renderer.render(routesValuesOf({ view, ...facts }));
  if (!rendered.ok) return err({ code: "router-template", message: `${rendered.fault}; ${target} stays as it is, and requests go on as before` });
  const text = rendered.value;
  const placed = await installer.install(text, { ROLLPIN_UPSTREAM: facts.upstream, ROLLPIN_REVISION: String(view.revision) }, signal);
  if (!placed.ok) return err({ code: placed.fault.kind === "broken" ? "router-broken" : "router-refused", message: `${placed.fault.message}${placed.fault.kind === "broken" ? "" : "; requests go on as before"}` });
  const isNew = placed.value !== undefined;
  const drift = isNew && before?.text === text ? `${target} was changed by something else, and was written anew: it is rollpin's. Change its template instead` : undefined;
  return ok({ text, isNew, drift });
}
