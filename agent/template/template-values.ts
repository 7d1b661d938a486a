import { parseData } from "../../core/config/read-yaml.ts";
import { withoutUndefined } from "../../core/model/without-undefined.ts";
import type { Endpoint } from "../../core/store/port.ts";
import type { Change } from "../appliers/applier.ts";

/** What a template may read. Undefined values are absent: naming one outside of an `if` is an error. */
export interface TemplateValues {
  readonly service: string;
  readonly instance: string;
  readonly track: string;
  readonly version?: string | undefined;
  readonly config?: string | undefined;
  /** The config, where it is a JSON or YAML list or block. */
  readonly configData?: object | undefined;
  readonly routes?: string | undefined;
  readonly routesData?: object | undefined;
  /** By track. */
  readonly pins: Readonly<Record<string, string>>;
  readonly endpoints: Readonly<Record<string, readonly TemplateEndpoint[]>>;
}

interface TemplateEndpoint {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly version?: string | undefined;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, string>>;
}

export function valuesOf(change: Change, pins: Readonly<Record<string, string>>, endpoints: ReadonlyMap<string, readonly Endpoint[]>): TemplateValues {
  const { config, routes, version } = change.to;
  return withoutUndefined({
    service: change.service,
    instance: change.instance,
    track: change.track,
    version,
    config,
    configData: dataOf(config),
    routes,
    routesData: dataOf(routes),
    pins,
    endpoints: Object.fromEntries([...endpoints].map(([service, list]) => [service, sorted(list)])),
  });
}

function dataOf(text: string | undefined): object | undefined {
  const data = text === undefined ? undefined : parseData(text);
  return typeof data === "object" && data !== null ? data : undefined;
}

/** Consul's order changes with every answer; a file that is written only when it differs needs one that doesn't. */
function sorted(endpoints: readonly Endpoint[]): readonly TemplateEndpoint[] {
  return [...endpoints]
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.node < b.node ? -1 : 1))
    .map(({ id, address, port, tags, meta }) => ({ id, address, port, ...(meta["version"] === undefined ? {} : { version: meta["version"] }), tags, meta }));
}
