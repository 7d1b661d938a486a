/** The JSON records that rollpin keeps in Consul, each with its schema. Shapes are documented in docs/reference/keys.md. */
import * as z from "zod/mini";
import { parseTrack } from "./names.ts";
import { count, service, text, time, track, version } from "./record-fields.ts";

const revision = count;

/** Schemas are counted: each migration leads from one to the next. */
const schemaNumber = count;
const migrationStep = z.string().check(z.regex(/^[1-9][0-9]{0,14}$/, { error: "is not a migration step: a whole number, the schema that it leads up to" }));

/** In a head's `restarts` and `move`. No track can be called so. */
export const EVERY_TRACK = "*";
/** One check: a union would be tried part by part each time a head is read. */
const trackOrEvery = z.string().check(z.refine((value) => value === EVERY_TRACK || parseTrack(value).ok, { error: "is not a track" }));

export const freezeSchema = z.object({
  /** `forward`: rollbacks and the guard pass. `all`: nothing passes. */
  scope: z.enum(["forward", "all"]),
  by: text,
  at: time,
  until: z.optional(time),
  reason: z.optional(text),
});
export type Freeze = z.infer<typeof freezeSchema>;

/** The revision that last changed what a track runs, and whether it went back (rollback, or the undo of a step forward). */
const moveSchema = z.object({ revision, back: z.optional(z.boolean()) });
export type Move = z.infer<typeof moveSchema>;

/**
 * How far agents go for a service. `enforce` (where nothing is said): they make true what is pinned. `observe`: they look
 * and report, and change nothing. `ejected`: they have let go of it, and what runs goes on without them.
 */
export const modes = ["observe", "enforce", "ejected"] as const;
export type Mode = (typeof modes)[number];

export const revisionKinds = ["pin", "unpin", "config", "pace", "routes", "shift", "failover", "failback", "rollback", "undo", "restart", "external", "restore", "adopt", "observe", "enforce", "eject", "import", "rollout"] as const;

/** Whatever may take several transactions: what gets a revision, and freezes, which get none. */
export const operationKinds = [...revisionKinds, "freeze", "unfreeze"] as const;
export type OperationKind = (typeof operationKinds)[number];

/** Whole, as it is written: it is part of a key. Revision 0: a service that was registered, and frozen before anything was pinned. */
export const planIdSchema = z.string().check(z.regex(/^[a-z0-9-]{1,63}\.(?:0|[1-9][0-9]{0,9})-[a-z2-7]{6}$/));

/** The plan of several transactions that is at it: no other plan passes, but for a rollback of what doesn't go back itself. */
export const markSchema = z.object({
  id: planIdSchema,
  kind: z.enum(operationKinds),
  by: text,
  at: time,
  back: z.optional(z.boolean()),
  /** Versions that take no traffic until the pins are written: they can't read every schema that data goes through. */
  off: z.optional(z.array(version)),
});
export type Mark = z.infer<typeof markSchema>;

/** `desired/<service>/head`: where a service's plans meet. */
export const headSchema = z.object({
  revision,
  /** Digest of the whole accepted desired state, see core/decide/digest.ts. */
  digest: z.string(),
  at: time,
  by: text,
  plan: z.optional(text),
  freeze: z.optional(freezeSchema),
  /** The last revision that asked for a restart, by track; `*` is every track. */
  restarts: z.optional(z.record(trackOrEvery, revision)),
  /** Absent: `enforce`. */
  mode: z.optional(z.enum(modes)),
  /** Versions that pins have left while the routes stayed as they were: routes that name one mean the pin. */
  left: z.optional(z.array(version)),
  /** By track; `*` is every track. */
  move: z.optional(z.record(trackOrEvery, moveSchema)),
  /** The schema that the service's data is at, see core/decide/schema/schema-ground.ts; absent until a release says what it writes. */
  schema: z.optional(schemaNumber),
  /** Versions that take no traffic where they still run in another's place: they can't read the schema that data was migrated to. */
  off: z.optional(z.array(version)),
  /** The operation that is at it (core/model/operation.ts). */
  operation: z.optional(markSchema),
});
export type Head = z.infer<typeof headSchema>;

/** What a release says about itself. The version comes from its key, or from the file that is registered. */
export const releaseSchema = z.strictObject({
  version,
  artifact: z.optional(text),
  digest: z.optional(text),
  commit: z.optional(text),
  /** Service to semver range. */
  requires: z.optional(z.record(service, text)),
  schema: z.optional(
    z.strictObject({
      /** Semver range of the schemas that it works with; what it writes, and nothing else, where it isn't said. */
      reads: z.optional(text),
      /** The schema that its data is at once it has run. */
      writes: z.optional(schemaNumber),
      /** By migration step, which is called by the schema it leads up to: whether there is a way back. There is, unless said. */
      reversible: z.optional(z.record(migrationStep, z.boolean())),
    }),
  ),
  labels: z.optional(z.record(z.string().check(z.maxLength(128)), text)),
});
export type Release = z.infer<typeof releaseSchema>;

/** `verdicts/<service>/<version>`. */
export const verdictSchema = z.object({
  verdict: z.enum(["good", "condemned"]),
  by: text,
  at: time,
  reason: z.optional(text),
  plan: z.optional(text),
});
export type Verdict = z.infer<typeof verdictSchema>;

export const desiredStateSchema = z.object({
  pins: z.record(track, z.string()),
  config: z.optional(z.string()),
  routes: z.optional(z.string()),
  pace: z.optional(z.string()),
});

/**
 * `remembered/<service>/<digest>`: a state that an agent applied, left here while Consul's own is older than it, so that
 * `rollpin restore reassert` can bring it back.
 */
export const rememberedSchema = z.object({
  /** The revision that the agent applied last, and the plan that made it. */
  revision,
  plan: z.optional(text),
  state: desiredStateSchema,
  /** The instance. */
  by: text,
  at: time,
});
export type RememberedRecord = z.infer<typeof rememberedSchema>;

/** `history/<service>/<revision>`: one numbered, immutable entry. */
export const revisionSchema = z.object({
  revision,
  at: time,
  by: text,
  reason: z.optional(text),
  /** Id of the plan, `<first service>.<its revision>-<random>`; every service of a group shares it. */
  plan: text,
  kind: z.enum(revisionKinds),
  before: desiredStateSchema,
  after: desiredStateSchema,
  /** The verdicts that the plan changed, so that undo can put them back. */
  verdicts: z.optional(
    z.array(z.object({ version, before: z.optional(verdictSchema), after: z.optional(verdictSchema) })),
  ),
  /** Names of the checks that were gone past with --override. */
  overrides: z.array(z.string()),
  /** Every service of the plan and the revision it got. */
  services: z.record(service, revision),
  /** Where the plan changed how far agents go. */
  mode: z.optional(z.object({ before: z.enum(modes), after: z.enum(modes) })),
  /** The plan that an undo takes back. */
  undoes: z.optional(text),
  /** For kind restart: the tracks, absent for all. */
  tracks: z.optional(z.array(track)),
});
export type Revision = z.infer<typeof revisionSchema>;
export type RevisionKind = (typeof revisionKinds)[number];

export const instanceStatuses = ["in-sync", "reconciling", "drifted", "held", "stalled"] as const;
export type InstanceStatus = (typeof instanceStatuses)[number];

/** `instances/<service>/<instance>`: what an agent really runs. Held by the agent's session while it lives. */
export const instanceSchema = z.object({
  service,
  instance: z.string(),
  track,
  actuator: z.enum(["instance", "observe", "service"]),
  status: z.enum(instanceStatuses),
  /** Why it isn't in sync: a code to count by, and a sentence for a person. */
  reason: z.optional(z.object({ code: z.string(), message: z.string() })),
  /** Its agent applied more than Consul knows, and obeys nothing until `rollpin restore` settles it, whatever `reason` names. */
  restored: z.optional(z.boolean()),
  /** The version that runs, absent where nothing does or it can't be told. */
  version: z.optional(z.string()),
  /** The newest revision this instance has acted on, and the digest of what it applied for its track. */
  revision,
  digest: z.optional(z.string()),
  /** The revision of the head it looks at. Larger than `revision` while it reconciles or holds. */
  seen: revision,
  /** Versions whose artifacts lie here; absent where the agent can't tell. */
  artifacts: z.optional(z.array(z.string())),
  node: z.optional(z.string()),
  address: z.optional(z.string()),
  port: z.optional(z.int()),
  pid: z.optional(z.int()),
  /** What its agent does for what clients send: absent where it neither registers the instance nor stands in front of it. */
  traffic: z.optional(
    z.object({
      /** The name under which Consul's catalog has it. */
      catalog: z.optional(text),
      /** Why it takes none: nothing new is let through, and what was in flight at the agent's own port has ended. */
      off: z.optional(text),
    }),
  ),
  /** Milliseconds to add to its host's clock to get Consul's; absent while they agree to about a second. */
  clockOffsetMs: z.optional(z.int()),
  /** `startedAt` by its host's clock. */
  agent: z.object({ version: z.string(), startedAt: time }),
  at: time,
});
export type InstanceRecord = z.infer<typeof instanceSchema>;
