/** Who acts for services and their mesh, and what was done last. Shapes are documented in docs/reference/keys.md. */
import * as z from "zod/mini";
import { count, runFields, version } from "./record-fields.ts";

/** One run of a service's commands for one change: begun before the first command starts, ended when the last has. */
export const actuationSchema = z.object({
  /** The head's revision it was begun for. */
  generation: count,
  /** Of what the track should be (core/decide/digest.ts). */
  digest: z.string(),
  version: z.optional(version),
  /** A restart was asked for: the commands run although nothing differs. */
  restart: z.optional(z.boolean()),
  ...runFields,
});
export type Actuation = z.infer<typeof actuationSchema>;

/** `locks/actuator/<service>/<track>`: who acts for the service, and what was done last. Held by the leader's session. */
export const actuatorSchema = z.object({
  /** The instance whose agent leads, or led last. */
  leader: z.string(),
  last: z.optional(actuationSchema),
});
export type ActuatorRecord = z.infer<typeof actuatorSchema>;

/** `locks/mesh/<service>`: who writes the service's entries in Consul's mesh. Held by that agent's session. */
export const meshLeadSchema = z.object({
  /** The instance whose agent leads, or led last. */
  leader: z.string(),
});
export type MeshLead = z.infer<typeof meshLeadSchema>;
