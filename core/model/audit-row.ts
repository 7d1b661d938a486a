/**
 * One line of an audit log: a call, or what an operator did. JSON lines, appended to and never rewritten. Published as
 * docs/reference/audit.schema.json; docs/reference/audit.md says what the fields mean. Services and routers write their own files of it,
 * so fields that aren't known here are let through.
 */
import * as z from "zod/mini";
import { count, service, text, time, track, version } from "./record-fields.ts";

const name = z.string().check(z.minLength(1), z.maxLength(512));
const format = z.literal(1);
const scalar = z.union([z.string().check(z.maxLength(1024)), z.number(), z.boolean(), z.null()]);

const auditCallSchema = z.object({
  v: format,
  kind: z.literal("call"),
  /** When it began. */
  at: time,
  caller: z.optional(service),
  service,
  version: z.optional(version),
  track: z.optional(track),
  /** A method and a path without its parameters, or a name. */
  operation: name,
  result: z.enum(["ok", "failed"]),
  status: z.optional(z.int().check(z.minimum(100), z.maximum(599))),
  error: z.optional(text),
  ms: z.optional(z.number().check(z.nonnegative())),
  trace: z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
  user: z.optional(text),
  parameters: z.optional(z.record(z.string().check(z.maxLength(128)), scalar)),
});
export type AuditCall = z.infer<typeof auditCallSchema>;

const auditActionSchema = z.object({
  v: format,
  kind: z.literal("action"),
  at: time,
  by: text,
  did: name,
  service: z.optional(service),
  revision: z.optional(count),
  plan: z.optional(text),
  reason: z.optional(text),
});

export const auditRowSchema = z.discriminatedUnion("kind", [auditCallSchema, auditActionSchema]);
export type AuditRow = z.infer<typeof auditRowSchema>;
