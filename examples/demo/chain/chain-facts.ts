import * as z from "zod/mini";
import type { Answer } from "../load.ts";
import type { Ran } from "../rollpin.ts";

export const historySchema = z.object({ revisions: z.array(z.object({ kind: z.string(), at: z.string(), by: z.string() })) });
export const pinsSchema = z.object({ services: z.array(z.object({ service: z.string(), tracks: z.array(z.object({ track: z.string(), pin: z.nullable(z.string()) })) })) });

/** What the demo knows when the chain's story is over. All times are milliseconds since the epoch. */
export interface ChainFacts {
  readonly service: string;
  readonly answers: readonly Answer[];
  /** Of the service with the bug to the version that has it. */
  readonly pin: Ran;
  /** When the guard had it go back, as history has it; undefined where it wasn't the guard. */
  readonly guardedAt: number | undefined;
  /** When all that ran the bug was gone, as far as the demo saw. */
  readonly settledAt: number;
  readonly pins: Readonly<Record<string, string>>;
  readonly explained: Ran;
}
