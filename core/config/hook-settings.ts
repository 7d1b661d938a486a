/** What of a service's data one agent may change for all of its instances, when a plan asks for it. */
import * as z from "zod/mini";
import { argv, within } from "./fields.ts";

const hookCommandSchema = z.strictObject({
  command: argv,
  timeout: within(1_000, 600_000),
});
export type HookCommand = z.infer<typeof hookCommandSchema>;

const migrateSchema = z.strictObject({
  /** Takes the schema one step back. */
  down: z.optional(hookCommandSchema),
  /** Takes it one step on. */
  up: z.optional(hookCommandSchema),
  directory: z.optional(z.string()),
  environment: z._default(z.record(z.string(), z.string()), {}),
  /** How often one step is tried before the operation stops. */
  tries: z._default(z.int().check(z.minimum(1)), 3),
});
export type MigrateSettings = z.infer<typeof migrateSchema>;

export const hooksSchema = z.strictObject({ migrate: migrateSchema });
export type HookSettings = z.infer<typeof hooksSchema>;
