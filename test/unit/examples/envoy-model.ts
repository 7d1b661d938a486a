/** What the examples' files for Envoy may hold, by its API's documentation (v3), and what Envoy does with them. */
import * as z from "zod/mini";

const stringMatch = z.union([z.strictObject({ exact: z.string() }), z.strictObject({ prefix: z.string() }), z.strictObject({ safe_regex: z.strictObject({ regex: z.string() }) })]);
const headerMatcher = z.strictObject({ name: z.string(), string_match: z.optional(stringMatch), present_match: z.optional(z.boolean()), invert_match: z.optional(z.boolean()), treat_missing_header_as_empty: z.optional(z.boolean()) });
const metadata = z.strictObject({ filter_metadata: z.strictObject({ "envoy.lb": z.record(z.string(), z.string()) }) });
const routeAction = z.strictObject({
  weighted_clusters: z.strictObject({ use_hash_policy: z.optional(z.literal(true)), clusters: z.array(z.strictObject({ name: z.string(), weight: z.int().check(z.minimum(1)), metadata_match: z.optional(metadata) })).check(z.minLength(1)) }),
  hash_policy: z.optional(z.array(z.union([z.strictObject({ cookie: z.strictObject({ name: z.string() }) }), z.strictObject({ header: z.strictObject({ header_name: z.string() }) })]))),
  retry_policy: z.strictObject({ retry_on: z.string(), num_retries: z.int() }),
});
const route = z.strictObject({ name: z.string(), match: z.strictObject({ prefix: z.string().check(z.startsWith("/")), headers: z.optional(z.array(headerMatcher)) }), route: routeAction });

/** RDS: a DiscoveryResponse. */
export const routesFile = z.strictObject({
  resources: z.tuple([
    z.strictObject({
      "@type": z.literal("type.googleapis.com/envoy.config.route.v3.RouteConfiguration"),
      name: z.string(),
      virtual_hosts: z.tuple([z.strictObject({ name: z.string(), domains: z.tuple([z.literal("*")]), routes: z.array(route) })]),
    }),
  ]),
});

const lbEndpoint = z.strictObject({ endpoint: z.strictObject({ address: z.strictObject({ socket_address: z.strictObject({ address: z.union([z.ipv4(), z.ipv6()]), port_value: z.int() }) }) }), metadata });

/** CDS: a DiscoveryResponse. */
export const clustersFile = z.strictObject({
  resources: z.array(
    z.strictObject({
      "@type": z.literal("type.googleapis.com/envoy.config.cluster.v3.Cluster"),
      name: z.string(),
      type: z.literal("STATIC"),
      connect_timeout: z.optional(z.string()),
      lb_policy: z.optional(z.literal("LEAST_REQUEST")),
      lb_subset_config: z.optional(z.strictObject({ fallback_policy: z.literal("ANY_ENDPOINT"), subset_selectors: z.array(z.strictObject({ keys: z.array(z.string()) })) })),
      // Without any instance that it can name, the list is nothing, which is an empty one to it.
      load_assignment: z.strictObject({ cluster_name: z.string(), endpoints: z.array(z.strictObject({ lb_endpoints: z.nullable(z.array(lbEndpoint)) })) }),
    }),
  ),
});

interface Sent {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The part of such requests that each port gets; `none` for those that no instance takes. */
export function sharesOf(routes: z.infer<typeof routesFile>, clusters: z.infer<typeof clustersFile>, sent: Sent): ReadonlyMap<number | "none", number> {
  const met = routes.resources[0].virtual_hosts[0].routes.find(({ match }) => sent.path.startsWith(match.prefix) && (match.headers ?? []).every((matcher) => isMatched(matcher, sent)));
  const all = met?.route.weighted_clusters.clusters ?? [];
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  const shares = new Map<number | "none", number>();
  for (const { metadata_match, name, weight } of all) {
    const ports = portsOf(clusters, name, metadata_match?.filter_metadata["envoy.lb"] ?? {});
    for (const port of ports) shares.set(port, (shares.get(port) ?? 0) + weight / total / ports.length);
  }
  return shares;
}

function isMatched(matcher: z.infer<typeof headerMatcher>, { headers, method }: Sent): boolean {
  const found = matcher.name === ":method" ? method : headers[matcher.name];
  const value = found ?? (matcher.treat_missing_header_as_empty === true ? "" : undefined);
  if (matcher.present_match !== undefined) return (value !== undefined) === matcher.present_match;
  if (value === undefined || matcher.string_match === undefined) return false;
  return isAs(matcher.string_match, value) !== (matcher.invert_match ?? false);
}

function isAs(match: z.infer<typeof stringMatch>, value: string): boolean {
  if ("exact" in match) return value === match.exact;
  if ("prefix" in match) return value.startsWith(match.prefix);
  // RE2 has to match all of it.
  return new RegExp(`^(?:${match.safe_regex.regex})$`).test(value);
}

function portsOf({ resources }: z.infer<typeof clustersFile>, name: string, wanted: Readonly<Record<string, string>>): readonly (number | "none")[] {
  const cluster = resources.find((one) => one.name === name);
  const selectors = cluster?.lb_subset_config?.subset_selectors.map(({ keys }) => keys.join(" ")) ?? [""];
  if (!selectors.includes(Object.keys(wanted).sort().join(" "))) throw new Error(`no selector of ${name} has ${Object.keys(wanted).join(" ")}`);
  const endpoints = (cluster?.load_assignment.endpoints ?? []).flatMap(({ lb_endpoints }) => lb_endpoints ?? []);
  const subset = endpoints.filter((one) => Object.entries(wanted).every(([key, text]) => one.metadata.filter_metadata["envoy.lb"][key] === text));
  const ports = (subset.length > 0 ? subset : endpoints).map(({ endpoint }) => endpoint.address.socket_address.port_value);
  return ports.length > 0 ? ports : ["none"];
}
