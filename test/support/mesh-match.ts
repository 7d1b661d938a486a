/** How Envoy, told by Consul, matches a request with a route (Consul: service-router). */
export interface MatchedRequest {
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface HttpMatch {
  readonly PathPrefix?: string;
  readonly Methods?: readonly string[];
  readonly Header?: readonly { readonly Name: string; readonly Exact?: string; readonly Prefix?: string; readonly Present?: boolean; readonly Invert?: boolean }[];
}

export function isMatched({ Header = [], Methods, PathPrefix = "/" }: HttpMatch, { headers = {}, method = "GET", path = "/" }: MatchedRequest): boolean {
  const found = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (!(path.split("?")[0] ?? "").startsWith(PathPrefix) || (Methods !== undefined && !Methods.includes(method))) return false;
  return Header.every(({ Exact, Invert = false, Name, Prefix }) => {
    const value = found.get(Name.toLowerCase());
    const holds = value !== undefined && (Exact === undefined || value === Exact) && (Prefix === undefined || value.startsWith(Prefix));
    return holds !== Invert;
  });
}
