import { type ConfigError, renderConfigError } from "../../core/config/config-error.ts";
import type { CompiledRoutes, CompiledSplit } from "../../core/decide/routing/compiled-routes.ts";
import { percent } from "../../core/decide/routing/determine-failover.ts";
import { describeShare, destinationName } from "../../core/decide/routing/describe-share.ts";
import type { Printable } from "./printable.ts";
import { type Screen, visible } from "./screen.ts";
import { wrap } from "./table.ts";

export interface RoutesFields {
  readonly service: string;
  readonly revision: number;
  /** As it stands there. */
  readonly routes: string | undefined;
  /** Why nobody can read it; then all goes to the pin. */
  readonly faults: readonly ConfigError[];
  readonly compiled: CompiledRoutes;
}

/** The document, and what it comes to with what passes now. */
export function routesPrintable(fields: RoutesFields): Printable {
  return { value: routesValue(fields), text: (screen) => routesText(fields, screen) };
}

function routesValue({ compiled, faults, revision, routes, service }: RoutesFields) {
  return {
    kind: "routes",
    service,
    revision,
    routes: routes ?? null,
    split: compiled.split.shares.map(describeShare),
    rules: compiled.rules.map(({ shares }) => shares.map(describeShare)),
    failover: compiled.failover === undefined ? null : { state: compiled.failover.state, why: compiled.failover.why },
    notes: compiled.notes,
    faults: faults.map(renderConfigError),
  };
}

function routesText({ compiled, faults, routes, service }: RoutesFields, screen: Screen): string {
  const document = routes === undefined ? [`${service} has no routes: all traffic goes to the pin`] : routes.trimEnd().split("\n").map(visible);
  const lines = [`now: ${splitText(compiled.split)}`, ...compiled.rules.map((split, index) => `rule ${index + 1}: ${splitText(split)}`)];
  return [
    ...document,
    ...faults.map((fault) => screen.paint("red", wrap(visible(renderConfigError(fault)), screen.columns, "  "))),
    ...lines.map((line) => screen.paint("dim", wrap(visible(line), screen.columns, "  "))),
    ...compiled.notes.map((note) => screen.paint("yellow", wrap(`! ${visible(note)}`, screen.columns, "  "))),
  ].join("\n");
}

function splitText({ shares }: CompiledSplit): string {
  return shares
    .filter(({ wanted }) => wanted > 0)
    .map(({ destination, text, wanted }) => {
      const name = destination === undefined ? "nobody" : destinationName(destination);
      return `${percent(wanted)} to ${name === text ? name : `${text} (${name})`}`;
    })
    .join(", ");
}
