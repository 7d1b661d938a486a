/** The file of an agent that only guards (`rollpin agent --guard-only`): no instance, no process. Documented in docs/reference/agent-file.md. */
import * as z from "zod/mini";
import { parseInstanceName, parseServiceName } from "../model/names.ts";
import { type Result, err, ok } from "../model/result.ts";
import type { ConfigError } from "./config-error.ts";
import { consulSchema } from "./consul-block.ts";
import { within } from "./fields.ts";
import { listenSchema } from "./listen-settings.ts";
import { guardSchema } from "./guard-settings.ts";
import { parseYamlAs } from "./parse-yaml-as.ts";
import { parsePrefix, parsedBy } from "./values.ts";

const guardFileSchema = z.strictObject({
  /** As others see who guards: `guard-<host name>` where absent. */
  name: z.optional(parsedBy(parseInstanceName)),
  /** Every service that has a policy where absent. */
  services: z.optional(z.array(parsedBy(parseServiceName)).check(z.minLength(1, { error: "names at least one service, or is left out for every service that has a policy" }))),
  prefix: z._default(parsedBy(parsePrefix), "rollpin"),
  sessionTtl: within(10_000, 15_000),
  /** Where it answers /healthz, /readyz and /metrics. */
  listen: z.optional(listenSchema),
  logLevel: z._default(z.enum(["debug", "info", "warn", "error"]), "info"),
  consul: z._default(consulSchema, {}),
  guard: z._default(guardSchema, { notify: [] }),
});
export type GuardFile = z.infer<typeof guardFileSchema>;

/** The fault is everything that is wrong with it, in the file's order. An empty file will do. */
export function parseGuardFile(text: string, fileName: string): Result<GuardFile, readonly ConfigError[]> {
  const parsed = parseYamlAs(guardFileSchema, text.trim() === "" ? "{}" : text, fileName, () => []);
  return parsed.ok ? ok(parsed.value) : err(parsed.fault);
}
