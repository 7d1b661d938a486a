/** Header fields as they came over the wire: name, value, name, value. */
export type RawHeaders = readonly string[];

/** RFC 9110, 7.6.1: these concern one connection only. `Transfer-Encoding` is made anew, `TE` and `Upgrade` where they apply. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"]);
/** Most names needn't be looked at closer. */
const LENGTHS = new Set([...HOP_BY_HOP].map((name) => name.length));

/**
 * What frames a message, says whom it is for or where it came from goes to the upstream whatever `Connection` says: without
 * its length, a body would be read as the next request.
 */
const NEVER_DROPPED = new Set(["content-length", "host", "x-forwarded-for", "forwarded", "authorization", "cookie"]);

/** Without what concerns one connection only, and without what `Connection` names. */
export function endToEnd(raw: RawHeaders): string[] {
  const kept: string[] = [];
  let named: Set<string> | undefined;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const value = raw[index + 1] ?? "";
    const lower = LENGTHS.has(name.length) ? name.toLowerCase() : undefined;
    if (lower === undefined || !HOP_BY_HOP.has(lower)) kept.push(name, value);
    else if (lower === "connection") named = namedBy(value, named);
  }
  return named === undefined ? kept : without(kept, named);
}

export interface ResponseHead {
  /** End to end. */
  readonly headers: string[];
  readonly isChunked: boolean;
  /** Of its body, bytes; NaN where it doesn't say. */
  readonly length: number;
}

/** Of the raw fields, since Node makes `headers` of a response only where somebody asks for it. */
export function responseHead(raw: RawHeaders): ResponseHead {
  return { headers: endToEnd(raw), isChunked: valueOf(raw, "transfer-encoding") !== undefined, length: Number(valueOf(raw, "content-length") ?? Number.NaN) };
}

export function valueOf(raw: RawHeaders, lower: string): string | undefined {
  for (let index = 0; index + 1 < raw.length; index += 2) if (raw[index]?.length === lower.length && raw[index]?.toLowerCase() === lower) return raw[index + 1];
  return undefined;
}

/** Hardly any `Connection` names a field of its own. */
function namedBy(connection: string, before: Set<string> | undefined): Set<string> | undefined {
  if (connection === "keep-alive" || connection === "close") return before;
  const names = connection.toLowerCase().split(",").map((token) => token.trim()).filter((name) => !NEVER_DROPPED.has(name));
  return new Set([...(before ?? []), ...names]);
}

function without(raw: RawHeaders, names: ReadonlySet<string>): string[] {
  return pairs(raw).filter(([name]) => !names.has(name.toLowerCase())).flat();
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

/** Node would take these for bodiless by themselves. */
const BODILESS = new Set(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"]);

/** What the upstream is sent: the client's own fields, and where it came from at the end of `X-Forwarded-For` (and of `Forwarded`, where that is used). */
export function requestHeaders({ client, framing, hasTrailers, method, raw }: RequestHead): string[] {
  const kept = endToEnd(raw);
  if (framing === "chunked") kept.push("Transfer-Encoding", "chunked");
  else if (framing === "none" && !BODILESS.has(method)) kept.push("Content-Length", "0");
  if (hasTrailers) kept.push("TE", "trailers");
  if (client !== undefined) tellClient(kept, client);
  return kept;
}

function tellClient(kept: string[], client: string): void {
  appendTo(kept, "X-Forwarded-For", client, true);
  appendTo(kept, "Forwarded", `for=${client.includes(":") ? `"[${client}]"` : client}`, false);
}

/** A field that is a list, as one line, with one entry more. */
function appendTo(kept: string[], name: string, entry: string, isMade: boolean): void {
  const lower = name.toLowerCase();
  let before: string | undefined;
  for (let index = kept.length - 2; index >= 0; index -= 2) {
    const found = kept[index] ?? "";
    if (found.length !== name.length || found.toLowerCase() !== lower) continue;
    before = before === undefined ? kept[index + 1] : `${kept[index + 1] ?? ""}, ${before}`;
    kept.splice(index, 2);
  }
  if (before !== undefined) kept.push(name, `${before}, ${entry}`);
  else if (isMade) kept.push(name, entry);
}

/** RFC 9112, 3.2: with more than one, two servers on the way may take it for different ones. */
export function hasOneHostAtMost(raw: RawHeaders): boolean {
  let found = 0;
  for (let index = 0; index < raw.length; index += 2) if (raw[index]?.length === 4 && raw[index]?.toLowerCase() === "host") found += 1;
  return found <= 1;
}
