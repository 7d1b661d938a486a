import type { IncomingMessage } from "node:http";
import { readCookie } from "../../core/decide/routing/read-cookie.ts";
import { type RoutedRequest, UNREAD } from "../../core/decide/routing/routed-request.ts";

/** What routes read of a request. */
export function routedRequest(request: IncomingMessage | undefined, caller: string): RoutedRequest {
  return request === undefined ? UNREAD : new ReadRequest(request, caller);
}

/** Nothing is looked up before a rule asks for it. */
class ReadRequest implements RoutedRequest {
  readonly #request: IncomingMessage;
  readonly caller: string;

  constructor(request: IncomingMessage, caller: string) {
    this.#request = request;
    this.caller = caller;
  }

  get method(): string {
    return this.#request.method ?? "";
  }

  get path(): string {
    const { url = "" } = this.#request;
    // RFC 9112, 3.2.2: some clients send proxies the whole of a URL.
    const start = url.startsWith("/") ? 0 : Math.max(0, url.indexOf("/", url.indexOf("://") + 3));
    const end = url.indexOf("?", start);
    return url.slice(start, end === -1 ? undefined : end);
  }

  /** The last line of that name: Node's own `headers` joins them, or keeps the first. */
  header(name: string): string | undefined {
    const { rawHeaders } = this.#request;
    for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
      const found = rawHeaders[at];
      if (found?.length === name.length && found.toLowerCase() === name) return rawHeaders[at + 1];
    }
    return undefined;
  }

  cookie(name: string): string | undefined {
    const { rawHeaders } = this.#request;
    for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
      const found = rawHeaders[at];
      const value = found?.length === 6 && found.toLowerCase() === "cookie" ? readCookie(rawHeaders[at + 1] ?? "", name) : undefined;
      if (value !== undefined) return value;
    }
    return undefined;
  }
}
