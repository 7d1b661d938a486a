/** What a plan file says was asked for (core/model/requests.ts), by verb. Strict: what isn't known here isn't guessed at. */
import * as z from "zod/mini";
import { parseServiceName, parseTrack, parseVersion } from "../model/names.ts";
import { type Asked, strategies } from "../model/requests.ts";
import { parsedBy } from "./values.ts";

const service = parsedBy(parseServiceName);
const services = z.array(service).check(z.minLength(1, { error: "needs at least one service" }));
const track = parsedBy(parseTrack);
const text = z.string();
const count = z.int().check(z.minimum(1));
const override = z.boolean();
const reason = z.optional(z.string());

const target = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("default") }),
  z.strictObject({ kind: z.literal("version"), text }),
  z.strictObject({ kind: z.literal("track"), track }),
  z.strictObject({ kind: z.literal("steps"), steps: count }),
  z.strictObject({ kind: z.literal("at"), at: z.int(), whole: z.optional(z.boolean()), prune: z.optional(z.boolean()) }),
  z.strictObject({ kind: z.literal("revision"), revision: count }),
]);

/** One schema for each verb, so that a fault is told of the verb that was meant. */
export const askedSchemas = {
  pin: z.strictObject({ verb: z.literal("pin"), service, track, version: parsedBy(parseVersion), withSchema: z.optional(z.boolean()), override, reason }),
  unpin: z.strictObject({ verb: z.literal("unpin"), service, track, override, reason }),
  config: z.strictObject({ verb: z.literal("config"), service, text: z.optional(text), override, reason }),
  pace: z.strictObject({ verb: z.literal("pace"), service, pace: text, override, reason }),
  routes: z.strictObject({ verb: z.literal("routes"), service, text: z.optional(text), override, reason }),
  shift: z.strictObject({ verb: z.literal("shift"), service, to: z.optional(z.strictObject({ name: text, percentage: z.number().check(z.minimum(0), z.maximum(100)) })), override, reason }),
  failover: z.strictObject({ verb: z.literal("failover"), service, active: z.boolean(), to: z.optional(text), override, reason }),
  rollback: z.strictObject({ verb: z.literal("rollback"), services, track, target, only: z.optional(z.enum(["pin", "config", "routes"])), condemn: z.boolean(), withSchema: z.optional(z.boolean()), strategy: z.optional(z.enum(strategies)), override, reason }),
  restart: z.strictObject({ verb: z.literal("restart"), services, track: z.optional(track), override, reason }),
} satisfies { readonly [V in Asked["verb"]]: z.ZodMiniType<Extract<Asked, { verb: V }>> };

const { config, failover, pace, pin, restart, rollback, routes, shift, unpin } = askedSchemas;
export const askedSchema = z.pipe(z.discriminatedUnion("verb", [pin, unpin, config, pace, routes, shift, failover, rollback, restart]), z.transform((asked): Asked => asked));
