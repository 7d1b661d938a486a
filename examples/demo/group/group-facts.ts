import * as z from "zod/mini";
import type { Answer } from "../load.ts";
import type { Ran } from "../rollpin.ts";

/** What `rollpin rollback --dry-run -o json` says of its plan, as far as the story goes by it. */
export const planSchema = z.object({ plan: z.object({ services: z.array(z.object({ service: z.string(), why: z.string() })) }) });

export const statusSchema = z.object({ services: z.array(z.object({ service: z.string(), tracks: z.array(z.object({ track: z.string(), pin: z.nullable(z.string()) })) })) });

/** The pin of each service, and the schema that really stands in the database. */
export interface Stand {
  readonly pins: Readonly<Record<string, string>>;
  readonly schema: number;
}

/** What the demo knows when the group's story is over. All times are milliseconds since the epoch. */
export interface GroupFacts {
  readonly service: string;
  readonly answers: readonly Answer[];
  readonly plan: z.infer<typeof planSchema>["plan"];
  readonly rollback: Ran;
  readonly undo: Ran;
  readonly before: Stand;
  readonly back: Stand;
  readonly undone: Stand;
  /** The numbers of the orders that stand in the database at the end, each with its customer. */
  readonly orders: ReadonlySet<string>;
}
