/**
 * The agent's local file, rollpin.yaml. The only place where commands may live: nothing from Consul is ever run.
 * Documented in docs/reference/agent-file.md. Durations are text in the file (`10s`) and milliseconds once parsed.
 */
import * as z from "zod/mini";
import { argv, duration, within } from "./fields.ts";
import { auditSchema } from "./audit-settings.ts";
import { consulSchema } from "./consul-block.ts";
import { guardSchema } from "./guard-settings.ts";
import { hooksSchema } from "./hook-settings.ts";
import { inboundSchema } from "./inbound-settings.ts";
import { listenSchema } from "./listen-settings.ts";
import { releaseChecksSchema } from "./release-checks.ts";
import { routersSchema } from "./router-settings.ts";
import { STABLE, parseInstanceName, parseServiceName, parseTrack, parseVersion } from "../model/names.ts";
import { parseArtifactPattern, parseHttpPath, parseHttpUrl, parsePrefix, parsedBy } from "./values.ts";
import { parseTagPattern } from "../decide/catalog-version.ts";

const version = parsedBy(parseVersion);

const httpPath = parsedBy(parseHttpPath);

const after = (milliseconds: number) => z._default(z.optional(duration), milliseconds);
/** What is done again and again: never without a pause. */
const every = (milliseconds: number, least: number) => within(least, milliseconds);

const probe = z.union([
  z.strictObject({ http: httpPath, status: z.optional(z.int().check(z.minimum(100), z.maximum(599))) }),
  z.strictObject({ tcp: z.literal(true) }),
  z.strictObject({ command: argv }),
]);

const processSchema = z.strictObject({
  /** `{{version}}` and `{{port}}` are filled in. With `{{port}}`, the new process starts beside the old one. */
  command: argv,
  directory: z.optional(z.string()),
  environment: z._default(z.record(z.string(), z.string()), {}),
  /** The port to check where the command has no `{{port}}`. */
  port: z.optional(z.int().check(z.minimum(1), z.maximum(65_535))),
  /** A fixed port in front of the process's own, which the agent listens on. */
  inbound: z.optional(inboundSchema),
  ready: z._default(probe, { tcp: true }),
  readyTimeout: after(30_000),
  readyInterval: every(100, 10),
  /** How long a ready process must live on before the old one goes. */
  settle: after(0),
  /** Between the catalog showing the new process and the stop signal for the old one. */
  drain: after(2_000),
  stopSignal: z._default(z.enum(["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2"]), "SIGTERM"),
  stopGrace: after(10_000),
  /** A crash is answered by a restart, after a back-off; more than `crashes` within `crashWindow` is a crash loop. */
  crashes: z._default(z.int().check(z.nonnegative()), 5),
  crashWindow: after(60_000),
  /** Its output, kept by size; the file is cut to its newest part when it grows past this. */
  outputBytes: z._default(z.int().check(z.minimum(4096)), 10 * 1024 * 1024),
  restartOn: z._default(z.array(z.enum(["config", "routes"])), []),
  /** What the agent's own exit does to the process. */
  onAgentExit: z._default(z.enum(["keep", "stop"]), "keep"),
});
export type ProcessSettings = z.infer<typeof processSchema>;
export type Probe = z.infer<typeof probe>;

const templateSchema = z.strictObject({
  source: z.string(),
  target: z.string(),
  /** Run on the candidate: `{{candidate}}` is its path. */
  check: z.optional(argv),
  reload: z.optional(argv),
  timeout: after(30_000),
  /** Render once nothing has changed for `min`, at the latest after `max`. */
  quiescence: z._default(z.strictObject({ min: after(100), max: after(2_000) }), { min: 100, max: 2_000 }),
  /** Services whose live instances the template reads, by name. */
  services: z._default(z.array(parsedBy(parseServiceName)), []),
});
export type TemplateSettings = z.infer<typeof templateSchema>;

const execSchema = z.strictObject({
  command: argv,
  directory: z.optional(z.string()),
  environment: z._default(z.record(z.string(), z.string()), {}),
  timeout: after(60_000),
  /** Run, with the change turned round, when a later applier fails. */
  undo: z.optional(argv),
});
export type ExecSettings = z.infer<typeof execSchema>;

const applierSchema = z.union([
  z.strictObject({ process: processSchema }),
  z.strictObject({ template: templateSchema }),
  z.strictObject({ exec: execSchema }),
]);

const registrationSchema = z.strictObject({
  name: z.optional(parsedBy(parseServiceName)),
  address: z.optional(z.string()),
  /** Only where no process applier chooses one. */
  port: z.optional(z.int()),
  tags: z._default(z.array(z.string()), []),
  meta: z._default(z.record(z.string(), z.string()), {}),
  check: z._default(
    z.union([z.strictObject({ http: httpPath, interval: after(5_000), timeout: after(2_000) }), z.strictObject({ tcp: z.literal(true), interval: after(5_000), timeout: after(2_000) }), z.literal(false)]),
    { tcp: true, interval: 5_000, timeout: 2_000 },
  ),
});
export type RegistrationSettings = z.infer<typeof registrationSchema>;

const observeSchema = z.strictObject({
  interval: every(5_000, 100),
  /** With `actuator: service`: how long after the commands ended another version is still on its way. */
  settle: after(60_000),
  /**
   * Where the running version is read: a file, a command's first line, an HTTP answer (`pointer` into JSON, else the body),
   * or what somebody else's registration at the local Consul agent says (`id`: the instance unless given).
   */
  version: z.union([
    z.strictObject({ file: z.string() }),
    z.strictObject({ command: argv }),
    z.strictObject({ meta: z.string().check(z.minLength(1)), id: z.optional(z.string().check(z.minLength(1))) }),
    z.strictObject({ tag: parsedBy(parseTagPattern), id: z.optional(z.string().check(z.minLength(1))) }),
    z.strictObject({ http: parsedBy(parseHttpUrl), pointer: z.optional(z.string().check(z.regex(/^(\/[^/]*)*$/, { error: 'is no JSON pointer: write one such as "/build/version"' }))) }),
  ]),
});
export type ObserveSettings = z.infer<typeof observeSchema>;

export const agentFileSchema = z.strictObject({
  service: parsedBy(parseServiceName),
  /** `<service>-<host name>` where absent. */
  instance: z.optional(parsedBy(parseInstanceName)),
  track: z._default(parsedBy(parseTrack), STABLE),
  actuator: z._default(z.enum(["instance", "observe", "service"]), "instance"),
  prefix: z._default(parsedBy(parsePrefix), "rollpin"),
  /** Last known good, process records, output. Relative paths here are relative to the file's folder. */
  state: z._default(z.string(), "./rollpin-state"),
  /** What runs while the track is unpinned. */
  version: z.optional(version),
  releases: z._default(
    z.strictObject({
      /** A path with `{{version}}`: the versions found there can be run here, and are registered. */
      artifacts: z.optional(parsedBy(parseArtifactPattern)),
      /** Folders outside of that one into which a link in place of a version may lead. */
      linksInto: z._default(z.array(z.string().check(z.minLength(1))), []),
      /** The release file that a deployer drops. */
      file: z.optional(z.string()),
    }),
    { linksInto: [] },
  ),
  /** The Consul service; `false` registers nothing. */
  register: z._default(z.union([z.literal(false), registrationSchema]), () => z.parse(registrationSchema, {})),
  /** How often a change is tried before the instance is `stalled`. */
  tries: z._default(z.int().check(z.minimum(1)), 3),
  /** Of the session that holds the instance record; a dead agent is noticed after up to twice this. */
  sessionTtl: every(15_000, 10_000),
  /** Local HTTP: `127.0.0.1:<port>` or `unix:/path`, or a block with a token; absent: none. */
  listen: z.optional(listenSchema),
  logLevel: z._default(z.enum(["debug", "info", "warn", "error"]), "info"),
  consul: z._default(consulSchema, {}),
  appliers: z._default(z.array(applierSchema), []),
  observe: z.optional(observeSchema),
  /** What this agent may do for the whole service when a plan needs it. */
  hooks: z.optional(hooksSchema),
  /** This agent may guard its service, by the policy in Consul. */
  guard: z.optional(guardSchema),
  /** Calls that pass this agent are written there. */
  audit: z.optional(auditSchema),
  /** What sends traffic where the routes say. */
  routers: routersSchema,
  /** Run by `rollpin release check --run`, and by no agent. */
  checks: z.optional(releaseChecksSchema),
});
export type AgentFile = z.infer<typeof agentFileSchema>;
