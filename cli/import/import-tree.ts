import { renderConfigError } from "../../core/config/config-error.ts";
import { type TreeFile, parseTree } from "../../core/config/parse-tree.ts";
import { asRegistered, isHeadUnreadable } from "../../core/decide/as-registered.ts";
import { determineMissingReleases } from "../../core/decide/import/missing-releases.ts";
import type { Planned } from "../../core/decide/plans/assemble-plan.ts";
import { planImport, planLostVerdicts } from "../../core/decide/plans/plan-import.ts";
import { planInit } from "../../core/decide/plans/plan-init.ts";
import type { Release } from "../../core/model/records.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { TreeService } from "../../core/model/tree.ts";
import { describeApplyFault } from "../../core/operations/apply-fault.ts";
import { applyPlan } from "../../core/operations/apply.ts";
import { gatherFacts } from "../../core/operations/gather.ts";
import { listBelieved } from "../../core/operations/list-believed.ts";
import { registerRelease } from "../../core/operations/register-release.ts";
import { lastSegment, rememberedRoot, serviceIn } from "../../core/store/keys.ts";
import type { Store } from "../../core/store/port.ts";
import { change } from "../change.ts";
import { refuseToGuess } from "../confirm.ts";
import { type Ending, type Failure, failed, failureOfRefusal, failureOfStore, usage } from "../ending.ts";
import type { ChangeFlags } from "../flags.ts";
import { gatherKnown } from "../gather.ts";
import { didYouMean } from "../nearest.ts";
import type { Session } from "../session.ts";
import { readSourceTree } from "./read-source-tree.ts";

export interface ImportFlags extends ChangeFlags {
  readonly commit?: string;
  readonly prune?: boolean;
}

/** Reads a tree, registers the releases that Consul lacks, and makes the services what the tree says, in one plan. */
export async function importTree(session: Session, folder: string, named: readonly string[], flags: ImportFlags): Promise<Ending> {
  const allowed = refuseToGuess(session, flags);
  if (!allowed.ok) return failed(allowed.fault);
  const source = await readSourceTree(folder, flags.commit, session);
  if (!source.ok) return failed(source.fault);
  const trees = readServices(folder, source.value.files, named);
  if (!trees.ok) return failed(trees.fault);
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const missing = await findMissing(session, store.value, trees.value);
  if (!missing.ok) return failed(missing.fault);
  const registered = flags.dryRun === true ? ok(undefined) : await register(session, store.value, missing.value, trees.value);
  if (!registered.ok) return failed(registered.fault);
  const remembered = await readRemembered(session, store.value);
  if (!remembered.ok) return failed(remembered.fault);
  const { commit } = source.value;
  const request = { prune: flags.prune === true, override: flags.override === true, isCommit: commit !== undefined };
  return change(session, {
    flags: { ...flags, ...(flags.reason === undefined && commit !== undefined ? { reason: `commit ${commit.slice(0, 12)}` } : {}) },
    services: [...trees.value.keys()],
    evenUnknown: true,
    history: 1,
    group: "registry",
    plan: (facts, context) => {
      const services = facts.flatMap((one) => {
        const tree = trees.value.get(one.service);
        return tree === undefined ? [] : [{ facts: asRegistered(one, missing.value.get(one.service)?.releases ?? [], context.now), tree, remembered: remembered.value.get(one.service) ?? [] }];
      });
      return planImport(services, request, context);
    },
  });
}

type Trees = ReadonlyMap<string, TreeService>;

function readServices(folder: string, files: readonly TreeFile[], named: readonly string[]): Result<Trees, Failure> {
  const parsed = parseTree(files);
  if (!parsed.ok) return err(usage(`${folder} can't be imported, and nothing was changed:\n${parsed.fault.map(renderConfigError).join("\n")}`));
  const all = parsed.value;
  const unknown = named.find((service) => !all.has(service));
  if (unknown !== undefined) return err(usage(`${folder} has no service ${JSON.stringify(unknown)}.${didYouMean(unknown, [...all.keys()])}`));
  if (all.size === 0) return err(usage(`${folder} holds no service, so there is nothing to import`));
  return ok(named.length === 0 ? all : new Map([...all].filter(([service]) => named.includes(service))));
}

interface Missing {
  readonly releases: readonly Release[];
  /** No release makes it known. */
  readonly head: boolean;
}

async function findMissing({ signal }: Session, store: Store, trees: Trees): Promise<Result<ReadonlyMap<string, Missing>, Failure>> {
  const facts = await gatherKnown(store, [...trees.keys()], { signal, history: 1, evenUnknown: true });
  if (!facts.ok) return facts;
  const missing = new Map<string, Missing>();
  for (const one of facts.value) {
    const tree = trees.get(one.service);
    const releases = tree === undefined ? ok([]) : determineMissingReleases(one, tree);
    if (!releases.ok) return err(failureOfRefusal(releases.fault as Exclude<typeof releases.fault, { kind: "nothing-to-change" }>));
    missing.set(one.service, { releases: releases.value, head: one.head === undefined && !isHeadUnreadable(one) });
  }
  return ok(missing);
}

const AT_ONCE = 8;

/** It changes nothing that runs, and a plan names registered releases only. What is there already is left as it is, so an import that was cut off is done again. */
async function register(session: Session, store: Store, missing: ReadonlyMap<string, Missing>, trees: Trees): Promise<Result<void, Failure>> {
  const { world } = session;
  const all = [...missing].flatMap(([service, { releases }]) => releases.map((release) => ({ service, release })));
  for (let first = 0; first < all.length; first += AT_ONCE) {
    const done = await Promise.all(all.slice(first, first + AT_ONCE).map(({ release, service }) => registerRelease(store, service, release, { by: world.by, now: world.clock.now(), signal: session.signal })));
    for (const one of done) if (!one.ok) return err(one.fault.kind === "different" ? { code: "conflict", message: one.fault.message } : failureOfStore(one.fault));
  }
  for (const [service, { head, releases }] of missing) {
    const made = head && releases.length === 0 ? await makeKnown(session, store, service) : ok(undefined);
    if (!made.ok) return made;
  }
  for (const service of missing.keys()) {
    const judged = await bringVerdicts(session, store, trees.get(service));
    if (!judged.ok) return judged;
  }
  if (all.length > 0 && session.flags.output === "table") world.stderr.write(`note: ${all.length} release${all.length === 1 ? "" : "s"} that Consul lacked ${all.length === 1 ? "is" : "are"} registered\n`);
  return ok(undefined);
}

/** Somebody else may be first: as good. */
function makeKnown(session: Session, store: Store, service: string): Promise<Result<void, Failure>> {
  return applyBefore(session, store, planInit(service));
}

/** Where there are more than the plan itself can hold. */
async function bringVerdicts(session: Session, store: Store, tree: TreeService | undefined): Promise<Result<void, Failure>> {
  if (tree === undefined || tree.verdicts.size === 0) return ok(undefined);
  for (;;) {
    const facts = await gatherFacts(store, tree.service, { signal: session.signal, history: 1 });
    if (!facts.ok) return err(failureOfStore(facts.fault));
    const planned = planLostVerdicts(facts.value, tree);
    // What stands against it is told of the plan itself.
    if (!planned.ok) return ok(undefined);
    const applied = await applyBefore(session, store, planned);
    if (!applied.ok) return applied;
  }
}

async function applyBefore({ world }: Session, store: Store, planned: Planned): Promise<Result<void, Failure>> {
  if (!planned.ok) return ok(undefined);
  const made = await applyPlan(store, planned.value, { by: world.by, now: world.clock.now(), planSuffix: world.planSuffix() }, { clock: world.clock });
  if (made.ok || (made.fault.kind === "refusal" && made.fault.refusal.kind === "conflict")) return ok(undefined);
  return err(made.fault.kind === "store" ? failureOfStore(made.fault.fault) : { code: "consul", message: describeApplyFault(made.fault) });
}

/** By service: the digests of what agents left that are ahead of Consul. */
async function readRemembered({ signal }: Session, store: Store): Promise<Result<ReadonlyMap<string, readonly string[]>, Failure>> {
  const listed = await listBelieved(store, rememberedRoot, { signal });
  if (!listed.ok) return err(failureOfStore(listed.fault));
  const digests = new Map<string, string[]>();
  for (const { key } of listed.value.entries) {
    const service = serviceIn(key, rememberedRoot);
    if (/^[0-9a-f]{64}$/.test(lastSegment(key))) digests.set(service, [...(digests.get(service) ?? []), lastSegment(key)].sort());
  }
  return ok(digests);
}
