/** Header fields as they came over the wire: name, value, name, value. */
export type RawHeaders = readonly string[];

/** RFC 9110, 7.6.1: these concern one connection only. `Transfer-Encoding` is made anew, `TE` and `Upgrade` where they apply. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"]);

/** Without what concerns one connection only, and without what `Connection` names. */
export function endToEnd(raw: RawHeaders): string[] {
  const fields = pairs(raw);
  const named = new Set(fields.filter(([name]) => name.toLowerCase() === "connection").flatMap(([, value]) => value.toLowerCase().split(",").map((token) => token.trim())));
  return fields.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()) && !named.has(name.toLowerCase())).flat();
}

export function pairs(raw: RawHeaders): [string, string][] {
  const found: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) found.push([raw[index] ?? "", raw[index + 1] ?? ""]);
  return found;
}

export interface RequestHead {
  readonly raw: RawHeaders;
  readonly method: string;
  readonly hasTrailers: boolean;
  /** As the client framed it. */
  readonly framing: Framing;
  readonly client: string | undefined;
}

export type Framing = "none" | "length" | "chunked";

/** RFC 9112, 6.3: a request has a body where one of these two says so. */
export function framingOf(headers: { readonly "transfer-encoding"?: string | undefined; readonly "content-length"?: string | undefined }): Framing {
  if (headers["transfer-encoding"] !== undefined) return "chunked";
  return headers["content-length"] === undefined ? "none" : "length";
}

/** What the upstream is sent: the client's own fields, and where it came from at the end of `X-Forwarded-For`. */
export function requestHeaders({ client, framing, hasTrailers, method, raw }: RequestHead): string[] {
  const kept = endToEnd(raw);
  if (framing === "chunked") kept.push("Transfer-Encoding", "chunked");
  // Node would take a POST without any for one of unknown length.
  if (framing === "none" && !["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"].includes(method)) kept.push("Content-Length", "0");
  if (hasTrailers) kept.push("TE", "trailers");
  return client === undefined ? kept : withForwardedFor(kept, client);
}

function withForwardedFor(raw: readonly string[], client: string): string[] {
  const fields = pairs(raw);
  const before = fields.filter(([name]) => name.toLowerCase() === "x-forwarded-for").map(([, value]) => value);
  const others = fields.filter(([name]) => name.toLowerCase() !== "x-forwarded-for").flat();
  return [...others, "X-Forwarded-For", [...before, client].join(", ")];
}
