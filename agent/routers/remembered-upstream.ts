/** What a router's upstream was like when all was well, kept on disk: what it goes by without Consul, and with routes that can't be read. */
import { join } from "node:path";
import * as z from "zod/mini";
import { desiredStateSchema, modes } from "../../core/model/records.ts";
import type { Result } from "../../core/model/result.ts";
import { readChecked, writeChecked } from "../files/checked-file.ts";

const endpointSchema = z.object({
  id: z.string(),
  node: z.string(),
  address: z.string(),
  port: z.int().check(z.minimum(0), z.maximum(65_535)),
  tags: z.array(z.string()),
  meta: z.record(z.string(), z.string()),
  passing: z.boolean(),
});

const rememberedUpstreamSchema = z.object({
  format: z.literal(1),
  /** Absent: rollpin doesn't know the service. */
  desired: z.optional(z.object({ revision: z.int().check(z.nonnegative()), plan: z.optional(z.string()), mode: z.optional(z.enum(modes)), state: desiredStateSchema })),
  /** The last routes that could be read, as text. */
  routes: z.optional(z.string()),
  /** Versions that a hand has left although those routes may name them. */
  left: z.array(z.string()),
  instances: z.array(endpointSchema),
});
export type RememberedUpstream = z.infer<typeof rememberedUpstreamSchema>;

export const NOTHING_REMEMBERED: RememberedUpstream = { format: 1, left: [], instances: [] };

/** Service names are safe in paths. */
const fileOf = (stateFolder: string, service: string): string => join(stateFolder, "upstreams", `${service}.json`);

export function readUpstream(stateFolder: string, service: string): Promise<Result<RememberedUpstream | undefined, string>> {
  return readChecked(fileOf(stateFolder, service), rememberedUpstreamSchema);
}

/** Throws what the file system throws. */
export function writeUpstream(stateFolder: string, service: string, value: RememberedUpstream): Promise<void> {
  return writeChecked(fileOf(stateFolder, service), value, false);
}
