import type { Clock } from "../../core/clock.ts";
import type { BusSettings } from "../../core/config/bus-settings.ts";
import type { Log } from "../log.ts";

/** Whoever takes a message says at once what became of it; one that can't be read is put aside, where the bus can do so. */
export type Taken = "taken" | "unreadable";

export interface BusDeps {
  readonly settings: BusSettings;
  /** Of the agent's file: relative paths are relative to it. */
  readonly folder: string;
  readonly instance: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Never throws. */
  readonly take: (body: Uint8Array) => Taken;
  /** Undefined: connected, and messages come. Else a sentence: why not. */
  readonly onStanding: (fault: string | undefined) => void;
}

/** Connects by itself, again and again where it must. */
export interface Bus {
  /** Messages that were not taken yet go back to the bus. */
  close(): Promise<void>;
}
