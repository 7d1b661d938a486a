import * as z from "zod/mini";
import { argv, within } from "./fields.ts";

/** Commands that say whether a release works with what is there. They live in a local file, as every command does. */
export const releaseChecksSchema = z
  .array(
    z.strictObject({
      name: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/, { error: "is no name: use letters, digits, spaces and . _ -, at most 64" })),
      command: argv,
      timeout: within(1, 300_000),
    }),
  )
  .check(z.maxLength(64));
export type ReleaseChecks = z.infer<typeof releaseChecksSchema>;
