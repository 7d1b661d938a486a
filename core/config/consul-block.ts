import * as z from "zod/mini";

/** Where Consul is and how to be let in there: as the environment's variables, before which it goes. */
export const consulSchema = z.strictObject({
  address: z.optional(z.string()),
  token: z.optional(z.string()),
  tokenFile: z.optional(z.string()),
  datacenter: z.optional(z.string()),
  namespace: z.optional(z.string()),
  partition: z.optional(z.string()),
  caFile: z.optional(z.string()),
  caPath: z.optional(z.string()),
  certFile: z.optional(z.string()),
  keyFile: z.optional(z.string()),
  tlsServerName: z.optional(z.string()),
});
