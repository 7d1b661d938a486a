/**
 * The shapes of `-o json`, by kind. Documented in docs/reference/output.md, whose examples are held to them by a test, as
 * is what every verb really prints. Strict: a field that isn't here may not be printed. Loaded by tests, and by `apply`.
 */
import * as z from "zod/mini";
import { askedSchema } from "../../core/config/asked-schema.ts";
import { operationLockSchema, operationSchema } from "../../core/model/operation.ts";
import { guardActionSchema, guardStateSchema } from "../../core/model/guard-records.ts";
import { rolloutSchema } from "../../core/model/rollout.ts";
import { freezeSchema, instanceSchema, instanceStatuses, markSchema, modes, releaseSchema, revisionKinds, revisionSchema, verdictSchema } from "../../core/model/records.ts";
import { routerSchema } from "../../core/model/router-records.ts";

const time = z.iso.datetime();
const count = z.int().check(z.nonnegative());
const codes = ["fault", "usage", "refused", "conflict", "incomplete", "consul", "interrupted"] as const;

const envelope = <K extends string, S extends z.core.$ZodLooseShape>(kind: K, shape: S) => z.strictObject({ kind: z.literal(kind), apiVersion: z.literal("rollpin/v1"), ...shape });

const change = z.strictObject({ part: z.string(), before: z.optional(z.string()), after: z.optional(z.string()) });

const check = z.strictObject({ name: z.string(), service: z.string(), result: z.enum(["passed", "warned", "overridden", "refused"]), detail: z.string() });

const standing = z.enum(["none", "good", "condemned"]);

/** A plan file is held to it too. */
export const planShape = z.strictObject({
  kind: z.enum([...revisionKinds, "freeze", "unfreeze", "verdict", "init"]),
  fingerprint: z.string(),
  undoes: z.optional(z.string()),
  services: z.array(
    z.strictObject({
      service: z.string(),
      why: z.string(),
      /** The revision it was planned from. */
      revision: count,
      changes: z.array(change),
      verdicts: z.array(z.strictObject({ version: z.string(), before: standing, after: standing, reason: z.optional(z.string()) })),
      mode: z.optional(z.enum(modes)),
      /** Null ends a freeze. */
      freeze: z.optional(z.nullable(z.strictObject({ scope: z.enum(["forward", "all"]), until: z.optional(time), reason: z.optional(z.string()) }))),
      restart: z.optional(z.strictObject({ tracks: z.union([z.literal("all"), z.array(z.string())]) })),
      overrides: z.array(z.string()),
      asOf: z.optional(count),
      blast: z.optional(z.strictObject({ instances: count, of: count, traffic: z.optional(z.strictObject({ least: z.number(), most: z.number(), routers: count })) })),
      /** Keys below the prefix. */
      reads: z.array(z.strictObject({ key: z.string(), index: z.nullable(count) })),
    }),
  ),
  migrations: z.optional(z.array(z.strictObject({ service: z.string(), from: count, to: count, steps: z.array(count), off: z.optional(z.array(z.string())) }))),
  checks: z.array(check),
  notes: z.array(z.string()),
});

const receiptInstance = z.strictObject({
  standing: z.enum(["applied", "lagging", "left", "unknown"]),
  version: z.optional(z.string()),
  status: z.optional(z.enum(instanceStatuses)),
  why: z.optional(z.string()),
  lastSeen: z.optional(time),
});

const receipt = z.strictObject({
  state: z.enum(["complete", "standing", "waiting"]),
  elapsedMs: count,
  services: z.array(
    z.strictObject({ service: z.string(), revision: count, applied: count, lagging: count, left: count, unknown: count, instances: z.record(z.string(), receiptInstance), routers: z.optional(z.record(z.string(), receiptInstance)) }),
  ),
});

const statusProblem = z.strictObject({
  kind: z.enum(["no-head", "hand-flip-refused", "not-adopted", "unreadable", "held", "stalled", "drifted", "reconciling", "lost", "old-view", "off", "stranger"]),
  subject: z.string(),
  code: z.optional(z.string()),
  message: z.string(),
  instances: z.optional(z.array(z.string())),
});

const pace = z.nullable(z.strictObject({ pace: z.string(), changing: count, waiting: count, stopped: count }));

const { latched: wasLatched, paused: wasPaused } = guardStateSchema.shape;
const latched = wasLatched._zod.def.innerType;

/** Who guards it, and what stands in the way; the whole of it is printed by `guard explain`. */
const guardStatus = z.strictObject({ leader: z.nullable(z.string()), latched: wasLatched, paused: wasPaused, policyFault: z.optional(z.string()), dryRun: z.boolean() });

const serviceStatus = z.strictObject({
  service: z.string(),
  revision: count,
  newest: z.nullable(z.strictObject({ at: time, by: z.string(), plan: z.optional(z.string()), kind: z.optional(z.enum(revisionKinds)), reason: z.optional(z.string()) })),
  freeze: z.nullable(freezeSchema),
  operation: z.nullable(markSchema),
  mode: z.enum(modes),
  /** Null where nobody ever guarded it. */
  guard: z.nullable(guardStatus),
  pace,
  tracks: z.array(
    z.strictObject({
      track: z.string(),
      pin: z.nullable(z.string()),
      inSync: count,
      total: count,
      versions: z.array(z.strictObject({ version: z.nullable(z.string()), instances: count })),
    }),
  ),
  problems: z.array(statusProblem),
  instances: z.array(z.strictObject({ ...z.omit(instanceSchema, { service: true }).shape, live: z.boolean(), inSync: z.boolean() })),
  routers: z.array(z.strictObject({ ...z.omit(routerSchema, { service: true }).shape, live: z.boolean(), inSync: z.boolean() })),
});

const releaseStatus = z.strictObject({ ...releaseSchema.shape, verdict: z.nullable(verdictSchema), pinned: z.array(z.string()), running: count });

/** `to` is `2.0.0`, `2.0.0@green` or a service's name; absent where it goes nowhere. */
const routesShare = z.strictObject({ share: z.string(), wanted: z.number(), to: z.optional(z.string()), instead: z.optional(z.string()) });

const operation = z.strictObject({
  id: z.string(),
  state: z.enum(["under-way", "stopped", "ended", "not-begun", "unreadable", "done", "aborted"]),
  holder: z.nullable(operationLockSchema),
  /** Why it can't be read. */
  problem: z.optional(z.string()),
  /** As it is kept (docs/reference/keys.md); absent where there is none, or it can't be read. */
  record: z.optional(operationSchema),
});

const plan = z.extend(planShape, { request: z.optional(askedSchema) });

const planned = z.array(z.strictObject({ service: z.string(), revision: count }));

/** What became of a plan; all absent where nothing was applied. */
const appliedShape = { id: z.optional(z.string()), at: z.optional(time), services: z.optional(planned), plan: z.optional(planShape), receipt: z.optional(receipt) };

const auditCall = z.strictObject({ at: time, operation: z.string(), place: z.string(), trace: z.optional(z.string()), error: z.optional(z.string()) });

const auditStep = z.strictObject({ service: z.string(), version: z.nullable(z.string()), operation: z.string(), failures: count });

export const shapes = {
  status: envelope("status", { at: time, services: z.array(serviceStatus), problems: z.array(statusProblem) }),
  plan: envelope("plan", { plan }),
  /** Of several datacentres, in the order in which they are changed. */
  plans: envelope("plans", {
    /** Over all of them. */
    fingerprint: z.string(),
    datacentres: z.array(z.strictObject({ dc: z.string(), outcome: z.enum(["planned", "unchanged", "unreachable"]), message: z.optional(z.string()), plan: z.optional(plan) })),
  }),
  changes: envelope("changes", {
    changed: z.boolean(),
    fingerprint: z.string(),
    /** Under which it is journaled in the first datacentre; absent where there was nothing to change. */
    operation: z.optional(z.string()),
    /** What is left, and how to go on with it. */
    message: z.optional(z.string()),
    datacentres: z.array(
      z.strictObject({
        dc: z.string(),
        outcome: z.enum(["applied", "unchanged", "unreachable"]),
        /** Why it is as it was, or why waiting stopped. */
        message: z.optional(z.string()),
        ...appliedShape,
      }),
    ),
  }),
  change: envelope("change", {
    changed: z.boolean(),
    /** Of `adopt`: whether the catalog is as it was. */
    proof: z.optional(z.string()),
    /** Why there was nothing to change, or why waiting stopped. */
    message: z.optional(z.string()),
    ...appliedShape,
  }),
  releases: envelope("releases", { service: z.string(), at: time, releases: z.array(releaseStatus) }),
  release: envelope("release", { service: z.string(), release: releaseStatus }),
  registered: envelope("registered", { service: z.string(), at: time, outcome: z.enum(["created", "same"]), release: releaseSchema }),
  "release-check": envelope("release-check", { service: z.string(), version: z.string(), pinnable: z.boolean(), checks: z.array(check) }),
  config: envelope("config", { service: z.string(), revision: count, config: z.nullable(z.string()) }),
  routes: envelope("routes", {
    service: z.string(),
    revision: count,
    routes: z.nullable(z.string()),
    split: z.array(routesShare),
    rules: z.array(z.array(routesShare)),
    failover: z.nullable(z.strictObject({ state: z.enum(["stands-by", "blocked", "on"]), why: z.string() })),
    notes: z.array(z.string()),
    faults: z.array(z.string()),
  }),
  "audit-analysis": envelope("audit-analysis", {
    service: z.string(),
    files: z.array(z.string()),
    rows: count,
    badLines: count,
    /** The first of these. */
    bad: z.array(z.strictObject({ place: z.string(), why: z.string() })),
    versions: z.array(z.strictObject({ version: z.nullable(z.string()), calls: count, failures: count, first: auditCall, last: auditCall, lastGood: z.nullable(auditCall), firstBad: z.nullable(auditCall), operations: z.array(z.strictObject({ operation: z.string(), calls: count, failures: count })), below: z.array(auditStep) })),
    finding: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("version"), suspect: z.nullable(z.string()), better: z.nullable(z.string()), least: z.number(), most: z.number() }),
      z.strictObject({ kind: z.literal("change"), suspect: z.nullable(z.string()), revision: count, part: z.enum(["config", "routes"]), least: z.number(), most: z.number() }),
      z.strictObject({ kind: z.literal("alike"), suspect: z.nullable(z.string()), below: z.optional(auditStep) }),
      z.strictObject({ kind: z.literal("undecided"), suspect: z.nullable(z.string()) }),
      z.strictObject({ kind: z.literal("nothing") }),
    ]),
    change: z.nullable(z.strictObject({ revision: count, at: time, by: z.string(), kind: z.enum(revisionKinds), changes: z.array(change), reason: z.optional(z.string()) })),
    suggestion: z.strictObject({ kind: z.enum(["previous", "version", "part", "routes", "backup", "below", "none"]), command: z.nullable(z.string()), why: z.string() }),
  }),
  policy: envelope("policy", {
    service: z.string(),
    policy: z.nullable(z.string()),
    /** What is wrong with it. */
    faults: z.array(z.string()),
    /** Of `policy set`. */
    outcome: z.optional(z.enum(["planned", "changed", "unchanged"])),
  }),
  guard: envelope("guard", {
    service: z.string(),
    /** Who guards now. */
    leader: z.nullable(z.string()),
    state: z.nullable(guardStateSchema),
    /** The one that was named, or the newest; null where there is none yet. */
    action: z.nullable(guardActionSchema),
    others: z.array(z.pick(guardActionSchema, { action: true, at: true, deed: true, outcome: true, says: true })),
  }),
  "guard-resumed": envelope("guard-resumed", { service: z.string(), outcome: z.enum(["planned", "changed", "unchanged"]), latched: z.nullable(latched) }),
  rollout: envelope("rollout", { rollout: rolloutSchema, outcome: z.optional(z.enum(["planned", "changed", "unchanged"])) }),
  "kept-history": envelope("kept-history", { before: z.nullable(count), keep: count, outcome: z.enum(["planned", "changed", "unchanged"]) }),
  pace: envelope("pace", { service: z.string(), revision: count, pace }),
  history: envelope("history", { service: z.string(), revisions: z.array(z.strictObject({ ...revisionSchema.shape, changes: z.array(change) })), unreadable: z.array(z.string()) }),
  diff: envelope("diff", {
    service: z.string(),
    from: z.union([count, z.literal("now")]),
    to: z.union([count, z.literal("now")]),
    changes: z.array(z.strictObject({ ...change.shape, lines: z.array(z.strictObject({ sign: z.enum(["-", "+"]), line: count, text: z.string() })) })),
  }),
  export: envelope("export", {
    folder: z.string(),
    branch: z.string(),
    /** The newest; null where there is none yet. */
    commit: z.nullable(z.string()),
    commits: count,
    revisions: count,
    services: count,
    gaps: z.array(z.strictObject({ service: z.string(), from: count, to: count })),
    notes: z.array(z.string()),
  }),
  doctor: envelope("doctor", {
    consul: z.string(),
    healthy: z.boolean(),
    findings: z.array(
      z.strictObject({
        check: z.enum(["consul", "leader", "acl", "tls", "clock", "connections", "format", "history", "records", "keys", "instances"]),
        level: z.enum(["ok", "warning", "problem"]),
        message: z.string(),
        mend: z.optional(z.string()),
      }),
    ),
  }),
  "acl-policy": envelope("acl-policy", {
    role: z.enum(["agent", "operator", "guard", "actuator", "hooks", "router", "mesh", "reader"]),
    rules: z.array(z.strictObject({ resource: z.string(), name: z.string(), policy: z.enum(["read", "write"]), why: z.string() })),
    hcl: z.string(),
  }),
  /** Of `rollpin agent pin|unpin --local`, which prints it without this program. */
  "local-pin": envelope("local-pin", {
    verb: z.enum(["pin", "unpin"]),
    instance: z.string(),
    version: z.optional(z.string()),
    outcome: z.enum(["applied", "over", "failed", "waiting", "told", "no-agent", "absent"]),
    message: z.string(),
  }),
  operations: envelope("operations", { operations: z.array(operation) }),
  operation: envelope("operation", {
    operation,
    /** What the verb did with it. */
    outcome: z.optional(z.string()),
    /** Why waiting stopped. */
    message: z.optional(z.string()),
    receipt: z.optional(receipt),
    /** What was applied now, of an operation over several datacentres. */
    datacentres: z.optional(z.array(z.strictObject({ dc: z.string(), id: z.string(), services: planned, message: z.optional(z.string()), receipt: z.optional(receipt) }))),
  }),
  completion: envelope("completion", { shell: z.enum(["bash", "zsh", "fish"]), script: z.string() }),
  error: envelope("error", {
    error: z.strictObject({
      code: z.enum(codes),
      exit: z.int(),
      message: z.string(),
      check: z.optional(z.string()),
      service: z.optional(z.string()),
      plan: z.optional(planShape),
    }),
  }),
} as const;

export type Kind = keyof typeof shapes;
