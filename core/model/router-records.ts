/** What a router tells of itself. Its shape is documented in docs/reference/keys.md. */
import * as z from "zod/mini";
import { count, service, text, time } from "./record-fields.ts";
import { routedTrafficSchema } from "./traffic-counts.ts";

const share = z.number().check(z.minimum(0), z.maximum(1));

/** `routers/<service>/<router>`: what a router really serves. Held by its agent's session while that lives. */
export const routerSchema = z.object({
  service,
  router: z.string(),
  kind: z.string().check(z.maxLength(32)),
  /** `held`: it goes by something older than what stands in Consul; `reconciling`: what is in flight still goes by it. */
  status: z.enum(["in-sync", "reconciling", "held", "stalled"]),
  reason: z.optional(z.object({ code: z.string(), message: z.string() })),
  /** The revision that new requests go by, and the digest of the whole desired state of it. */
  revision: count,
  digest: z.string(),
  /** The newest revision that was seen. */
  seen: count,
  /** Where no rule matches: what each share asks for, and where it goes. */
  split: z.array(
    z.object({
      share: text,
      wanted: share,
      /** `2.0.0`, `2.0.0@green`, a service's name; absent where it goes nowhere. */
      to: z.optional(text),
      /** Why it isn't what the share asks for. */
      instead: z.optional(text),
    }),
  ),
  /** Part of the requests answered since the split changed, by version; absent before the first, and where the router can't tell. */
  served: z.optional(z.record(text, share)),
  /** By which versions are compared (core/model/traffic-counts.ts); absent before the first answer. */
  traffic: z.optional(routedTrafficSchema),
  /** What isn't as the routes ask for, such as a failover that is on. */
  notes: z.array(text),
  /** Instances that it may send to now, without those that it leaves out. */
  instances: z.int().check(z.nonnegative()),
  /** What these run, and those that it leaves out; absent where the router can't tell. */
  versions: z.optional(z.array(text)),
  /** Whose agent it is. */
  instance: z.string(),
  node: z.optional(z.string()),
  /** Where clients connect to it. */
  listen: z.optional(text),
  agent: z.object({ version: z.string(), startedAt: time }),
  at: time,
});
export type RouterRecord = z.infer<typeof routerSchema>;

/** In a router's record: requests that it began to carry by a former view are still under way. */
export const DRAINING = "draining";

/** In the mesh's router record: nobody leads, and the agent that says so may not. */
export const NOBODY_LEADS = "nobody-leads";
