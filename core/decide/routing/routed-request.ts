/** What a decision reads of a request, through which nothing is allocated that it doesn't ask for. */
export interface RoutedRequest {
  /** As sent: `GET`. */
  readonly method: string;
  /** As sent, up to the `?`, not decoded: `/checkout/basket`. */
  readonly path: string;
  /** The calling service, where the router knows it. */
  readonly caller: string | undefined;
  /** The last line of that name (in lower case), whole. One character a byte, as Node reads headers (latin1). */
  header(name: string): string | undefined;
  /** The last cookie of that name, as `readCookie` finds it. */
  cookie(name: string): string | undefined;
}

/** What passes unread, at TCP level: no rule matches it, and nothing sticks. */
export const UNREAD: RoutedRequest = { method: "", path: "", caller: undefined, header: () => undefined, cookie: () => undefined };
