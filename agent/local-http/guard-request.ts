/** What local HTTP refuses before it looks at the path, token or not. */
import type { IncomingMessage } from "node:http";

export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** From where it can be reached: a socket's path, this machine's own addresses, or other machines. */
export type Reach = "unix" | "loopback" | "beyond";

const LONGEST_URL = 1024;
const METHODS: readonly (string | undefined)[] = ["GET", "HEAD"];

export function refusalOf(request: IncomingMessage, reach: Reach): Refusal | undefined {
  const { headers, method, url = "" } = request;
  if (!METHODS.includes(method)) return { status: 405, message: "only GET and HEAD: nothing can be changed here" };
  if (url.length > LONGEST_URL) return { status: 414, message: `the URL is longer than ${LONGEST_URL} characters` };
  if (!url.startsWith("/")) return { status: 400, message: "only a path can be asked for: this is no proxy" };
  if (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0) return { status: 413, message: "a request here has no body" };
  return refusalOfName(request, reach);
}

/** Whose name the request was made in: a page in somebody's browser is not to read what that person may. */
function refusalOfName({ headers, headersDistinct }: IncomingMessage, reach: Reach): Refusal | undefined {
  if ((headersDistinct["host"]?.length ?? 0) > 1) return { status: 400, message: "one Host header, not several" };
  // A web page whose host name was pointed at 127.0.0.1 (DNS rebinding) gives itself away by that name. Beyond this machine names are what they are, and a token is asked for.
  if (reach === "loopback" && !isLoopbackHost(headers.host)) return { status: 421, message: "the Host header must be localhost or a loopback address" };
  if (headers.origin !== undefined && !isLoopbackOrigin(headers.origin)) return { status: 403, message: "not for pages of other origins" };
  if (headers["sec-fetch-site"] === "cross-site") return { status: 403, message: "not for pages of other origins" };
  return undefined;
}

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && LOOPBACK.test(host);
}

function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && isLoopbackHost(new URL(origin).host);
}
