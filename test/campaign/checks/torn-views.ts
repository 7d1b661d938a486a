import type { Revision } from "../../../core/model/records.ts";

/** What one answer of Consul said of all services at once. */
export type View = Readonly<Record<string, { readonly revision: number; readonly pin: string }>>;

/**
 * Views that no moment between two plans looked like: a service's pin isn't that of its head's revision, or of the services of
 * one plan some have come as far as it and some haven't.
 */
export function tornViews(views: readonly View[], histories: Readonly<Record<string, readonly Revision[]>>): readonly string[] {
  const plans = new Map(Object.values(histories).flatMap((history) => history.map(({ plan, services }) => [plan, services] as const)));
  const pins = new Map(Object.entries(histories).flatMap(([service, history]) => history.map(({ after, revision }) => [`${service} ${revision}`, after.pins["stable"]] as const)));
  return views.flatMap((view) => [...strayPins(view, pins), ...[...plans].flatMap(([plan, services]) => halfDone(view, plan, services))]);
}

function strayPins(view: View, pins: ReadonlyMap<string, string | undefined>): readonly string[] {
  return Object.entries(view).flatMap(([service, { pin, revision }]) => {
    const wanted = pins.get(`${service} ${revision}`);
    return pin === wanted ? [] : [`${service} was seen with the pin ${pin} beside revision ${revision}, whose pin is ${wanted ?? "unknown to history"}`];
  });
}

function halfDone(view: View, plan: string, services: Readonly<Record<string, number>>): readonly string[] {
  const behind = Object.entries(services).filter(([service, revision]) => (view[service]?.revision ?? 0) < revision).map(([service]) => service);
  if (behind.length === 0 || behind.length === Object.keys(services).length) return [];
  return [`plan ${plan} was seen in part: not yet at ${behind.join(", ")}, but at the others of ${Object.keys(services).join(", ")}`];
}
