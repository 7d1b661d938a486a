import type { IncomingMessage } from "node:http";

/** Where requests and connections are sent on to. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly version: string;
  /** Where it is: each request asks for it several times. */
  readonly key: string;
  /** Whose it is, and what its registration says; absent where it is this agent's own process. */
  readonly service?: string;
  readonly instance?: { readonly version: string | undefined; readonly track: string };
}

/** `nobody`: nothing serves now, and something may in a moment. `refused`: nothing shall, so waiting is of no use. */
export type Choice = Upstream | "nobody" | "refused";

/**
 * Which one it shall be, looked up anew for each request or connection (which is not read where `request` is undefined),
 * and again for each further try: `tried` are those that didn't answer it, to be left out where there are others. Who
 * chooses decides; the proxy only carries.
 */
export type ChooseUpstream = (request: IncomingMessage | undefined, tried: readonly Upstream[]) => Choice;

export const NONE_TRIED: readonly Upstream[] = [];
/** As many are remembered as not to be asked again at once. */
const MOST_TRIED = 16;

export function withTried(tried: readonly Upstream[], upstream: Upstream): readonly Upstream[] {
  return [...tried.slice(1 - MOST_TRIED), upstream];
}

export const keyAt = (host: string, port: number): string => `${host} ${port}`;
export const keyOf = ({ key }: Upstream): string => key;
