import type { Server } from "node:net";
import type { UpstreamRouterSettings } from "../../core/config/router-settings.ts";
import type { HoldReason } from "../loop/intent.ts";
import type { Leaving } from "../proxy/door.ts";
import type { Tally } from "../proxy/tally.ts";
import type { View } from "./view.ts";

/** What has requests go as the routes of its upstream say, whoever carries them. */
export interface Router {
  readonly settings: UpstreamRouterSettings;
  /** Where clients connect, `host:port`; undefined where nobody said. */
  readonly listen: string | undefined;
  /** The socket that this process listens on, for a successor to inherit; undefined where another process does. */
  readonly listener: Server | undefined;
  readonly tally: Tally;
  /** What new requests go by. */
  view(): View | undefined;
  /** The newest that it was told to go by. */
  wanted(): View | undefined;
  /** Why new requests don't go by that. */
  fault(): HoldReason | undefined;
  /** Sentences for `status`, beside those of the view. */
  notes(): readonly string[];
  /** Requests that went by a view before it are still under way. */
  isSettling(): boolean;
  /** New requests go by it from now on, or as soon as can be, those on kept connections too. */
  follow(view: View): void;
  /** Requests that still go by a view before it: resolves when they are answered, at the latest after `settings.drain`, or when the signal fires. */
  settled(signal: AbortSignal): Promise<void>;
  /** `host:port` of those that are left out for not answering. */
  leftOut(): readonly string[];
  connections(): number;
  inFlight(): number;
  /** The same port with other limits. */
  adjust(settings: UpstreamRouterSettings): void;
  /** Takes nothing new, lets what is in flight end, at most until the limit. */
  leave(leaving: Leaving): Promise<void>;
  /** What there is to do until the signal fires. */
  run?(signal: AbortSignal, tell: RouterTold): Promise<void>;
}

export interface RouterTold {
  /** What a report tells is another now. */
  readonly turned: () => void;
  readonly warn: (event: string, message: string) => void;
}
