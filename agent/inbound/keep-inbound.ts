import type { Clock } from "../../core/clock.ts";
import type { InboundSettings } from "../../core/config/inbound-settings.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { KeepsCalls } from "../proxy/ended-call.ts";
import type { InheritedSockets } from "../upgrade/inherited-sockets.ts";
import type { Inbound } from "./inbound.ts";

/** The inbound port over the readings of the agent's file. Nothing of it is loaded where no file asks for one. */
export interface InboundKeeper {
  /** Makes it what the file says: the same socket where only limits differ. */
  open(settings: InboundSettings | undefined): Promise<Result<Inbound | undefined, string>>;
  current(): Inbound | undefined;
  /** Takes nothing new; resolves when what was in flight has ended, or its limit is over. */
  leave(silenceMs: number): Promise<void>;
}

export interface InboundKeeperDeps {
  readonly clock: Clock;
  readonly sockets: InheritedSockets;
  readonly predecessorGone: Promise<void>;
  readonly calls: KeepsCalls;
}

const SILENCE_MS = 5_000;

export function keepInbound({ calls, clock, predecessorGone, sockets }: InboundKeeperDeps): InboundKeeper {
  let current: Inbound | undefined;
  const leave = async (silenceMs: number): Promise<void> => {
    const former = current;
    current = undefined;
    await former?.leave(silenceMs);
  };
  return {
    current: () => current,
    leave,
    async open(settings) {
      if (settings !== undefined && current !== undefined && isSameDoor(current.settings, settings)) {
        current.adjust(settings);
        return ok(current);
      }
      // It accepts no more from here on, so that the port may be taken anew; what it carries ends in the background.
      void leave(SILENCE_MS);
      if (settings === undefined) return ok(undefined);
      const { openInbound } = await import("./inbound.ts");
      const opened = await openInbound(settings, { clock, inherited: sockets.take("inbound"), predecessorGone, calls });
      if (!opened.ok) return err(opened.fault);
      current = opened.value;
      return opened;
    },
  };
}

function isSameDoor(one: InboundSettings, other: InboundSettings): boolean {
  return one.port === other.port && one.address === other.address && one.mode === other.mode;
}
