/** What a routing document may hold, as it is written. Published as docs/reference/routes.schema.json. */
import * as z from "zod/mini";

const MOST_RULES = 100;
export const MOST_SHARES = 32;
export const MOST_CONDITIONS = 16;
const MOST_NAMES = 16;

/** Safe in every router's configuration: visible ASCII and spaces inside, without quotes and backslashes. */
const PLAIN_VALUE = /^[!#-[\]-~](?:[ !#-[\]-~]{0,254}[!#-[\]-~])?$/;
const PATH_PREFIX = /^\/[!$-;=@-[\]_a-z~%&]{0,511}$/;
const METHOD = /^[A-Z][A-Z-]{0,31}$/;
const SERVICE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const PERCENTAGE = /^(?:100(?:\.0+)?|[0-9]{1,2}(?:\.[0-9]{1,6})?)%$/;

const valueText = z.string().check(z.regex(PLAIN_VALUE, { error: "a value is 1 to 256 visible ASCII characters, with spaces inside only, and no quotes or backslashes" }));
const valueMatch = z.union([valueText, z.strictObject({ exact: valueText }), z.strictObject({ prefix: valueText }), z.strictObject({ present: z.boolean() })]);
const headerName = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,128}$/, { error: "a header's name is 1 to 128 of A-Z, a-z, 0-9, _ and -" }));
const cookieName = z.string().check(z.regex(/^[A-Za-z0-9._-]{1,128}$/, { error: "a cookie's name is 1 to 128 of A-Z, a-z, 0-9 and . _ -" }));
const method = z.string().check(z.regex(METHOD, { error: "a method is in capitals, such as GET" }));
const service = z.string().check(z.regex(SERVICE, { error: 'a service is 1 to 63 of a-z, 0-9 and "-", with no "-" at either end' }));
const weight = z.number({ error: "a weight is a number, such as 25" }).check(z.gte(0, { error: "a weight is 0 or more" }), z.lte(1_000_000_000, { error: "a weight is at most 1000000000" }));

const percentage = z.string({ error: 'a share is a percentage in text, such as "50%"' }).check(z.regex(PERCENTAGE, { error: "a share is a percentage above 0% and up to 100%, such as 50%" }));

const splitSchema = z.record(z.string().check(z.maxLength(256)), weight);

const ruleSchema = z.strictObject({
  match: z.strictObject({
    header: z.optional(z.record(headerName, valueMatch)),
    cookie: z.optional(z.record(cookieName, valueMatch)),
    path: z.optional(z.string().check(z.regex(PATH_PREFIX, { error: 'a path begins with "/" and has no white space, quotes, "?", "#" or "<>"; what is encoded stays encoded' }))),
    method: z.optional(z.union([method, z.array(method).check(z.minLength(1), z.maxLength(MOST_NAMES))])),
    caller: z.optional(z.union([service, z.array(service).check(z.minLength(1), z.maxLength(MOST_NAMES))])),
  }),
  split: splitSchema,
});

export const routesSchema = z.strictObject({
  split: z.optional(splitSchema),
  rules: z.optional(z.array(ruleSchema).check(z.maxLength(MOST_RULES, { error: `at most ${MOST_RULES} rules` }))),
  sticky: z.optional(z.union([z.strictObject({ header: headerName }), z.strictObject({ cookie: cookieName })])),
  failover: z.optional(
    z.strictObject({
      to: z.string().check(z.regex(/^(?:track:)?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, { error: "goes to another service by name, or to track:<name>" })),
      when: z.optional(z.strictObject({ passingBelow: percentage })),
      active: z.optional(z.boolean()),
    }),
  ),
  none: z.optional(z.enum(["hold", "fail"])),
  enough: z.optional(percentage),
});
export type WrittenRoutes = z.infer<typeof routesSchema>;
export type WrittenSplit = z.infer<typeof splitSchema>;
