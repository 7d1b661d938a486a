/** Whom the guard tells what it found and did. URLs and commands: they stand in the agent's file, and never in Consul. */
import * as z from "zod/mini";
import { argv, within } from "./fields.ts";
import { parseHttpUrl, parsedBy } from "./values.ts";

const timeout = within(100, 10_000);

const notifyTargetSchema = z.union([
  z.strictObject({
    webhook: parsedBy(parseHttpUrl),
    /** `slack`: `{"text": ...}`, as Slack, Mattermost and others take it. */
    format: z._default(z.enum(["json", "slack"]), "json"),
    /** Sent as `Authorization: Bearer`. Read anew for each message. */
    tokenFile: z.optional(z.string().check(z.minLength(1, { error: "needs a path" }))),
    timeout,
  }),
  /** Gets the same JSON on its standard input. */
  z.strictObject({ command: argv, timeout }),
]);
export type NotifyTarget = z.infer<typeof notifyTargetSchema>;

const MOST_TARGETS = 8;

export const notifySchema = z.array(notifyTargetSchema).check(z.maxLength(MOST_TARGETS, { error: `at most ${MOST_TARGETS}` }));
