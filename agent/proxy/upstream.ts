/** Where requests and connections are sent on to. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly version: string;
}

/**
 * Which one it shall be, looked up anew for each request or connection, and again for each further try. Undefined where
 * nothing serves. Who chooses decides; the proxy only carries.
 */
export type ChooseUpstream = () => Upstream | undefined;

export const keyOf = ({ host, port }: Upstream): string => `${host} ${port}`;
