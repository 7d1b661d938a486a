/** A step that is one transaction: some services' shares of the plan. */
import { isoTime } from "../../clock.ts";
import { isFrozenBy } from "../../decide/operation/frozen-by.ts";
import { takeBackService } from "../../decide/plans/plan-undo.ts";
import type { Stored } from "../../model/facts.ts";
import type { OperationRecord, StepRecord } from "../../model/operation.ts";
import type { ServicePlan } from "../../model/plan.ts";
import type { Head } from "../../model/records.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { headKey, partKey, verdictKey } from "../../store/keys.ts";
import type { Operation } from "../../store/port.ts";
import type { ApplyFault } from "../apply-fault.ts";
import { commitTime, composeShares } from "../compose-transaction.ts";
import { gatherFacts } from "../gather.ts";
import { isMarkedAsRead, markOf, readHeads, releaseOperations } from "./marks.ts";
import type { StepEnd, StepRun, StepRunner } from "./step-runner.ts";

type TransactionStep = Extract<StepRecord, { readonly kind: "transaction" }>;

export const transactionStep: StepRunner<TransactionStep> = {
  async forward({ services }, run) {
    const { record, store } = run;
    const heads = await readHeads(store, services.map(({ service }) => service));
    if (!heads.ok) return heads;
    const shares: ServicePlan[] = [];
    for (const one of services) {
      const head = heads.value.get(one.service);
      if (head === undefined || !isMarkedAsRead(head.value, one, record.id)) return conflict(describeMoved(store.prefix, one, head, record));
      const share = { ...one, head: { value: head.value, modifyIndex: head.modifyIndex } };
      const settled = run.override ? await overHands(run, share) : ok(share);
      if (!settled.ok) return settled;
      shares.push(settled.value);
    }
    const at = isoTime(commitTime(shares, run.now()));
    const { by, id, kind, reason, services: revisions, undoes } = record;
    return ok(endOf(composeShares(shares, { kind, undoes, who: { by, reason }, id, at, revisions, mark: markOf(record) })));
  },

  async back({ services }, run) {
    const { record } = run;
    const { takenBack } = record;
    const done = services.filter(({ recorded, service }) => recorded && takenBack !== undefined && Object.hasOwn(takenBack.services, service));
    const heads = await putBackHeads(run, services.filter(({ recorded }) => !recorded));
    if (!heads.ok) return heads;
    const shares: ServicePlan[] = [];
    const others = [...heads.value];
    for (const { service } of done) {
      const one = await takeBackOne(run, service);
      if (!one.ok) return one;
      if (one.value.share !== undefined) shares.push(one.value.share);
      others.push(...one.value.operations);
    }
    if (takenBack === undefined || shares.length === 0) return ok(endOf(others));
    const { by, plan, reason, services: revisions } = takenBack;
    const at = isoTime(commitTime(shares, run.now()));
    return ok(endOf([...composeShares(shares, { kind: "undo", undoes: record.id, who: { by, reason }, id: plan, at, revisions }), ...others]));
  },
};

interface TakenBack {
  readonly share: ServicePlan | undefined;
  /** For what has no share. */
  readonly operations: readonly Operation[];
}

const NOTHING: TakenBack = { share: undefined, operations: [] };

/** Nothing of a service that a rollback has taken out of the operation since. */
async function takeBackOne({ override, record, store }: StepRun, service: string): Promise<Result<TakenBack, ApplyFault>> {
  const facts = await gatherFacts(store, service, { history: 1 });
  if (!facts.ok) return err({ kind: "store", fault: facts.fault });
  const { head, history: [entry] } = facts.value;
  if (head?.value.operation?.id !== record.id) return ok(NOTHING);
  if (entry?.plan !== record.id) return conflict(`the history entry of ${service} for operation ${record.id} is gone or can't be read, so it isn't known what stood before; put back ${store.prefix}/history/${service}/`);
  const share = takeBackService(facts.value, entry, override);
  if (!share.ok) return err({ kind: "refusal", refusal: share.fault });
  return ok(share.value === undefined ? { share: undefined, operations: releaseOperations(service, head, record.id) } : { share: share.value, operations: [] });
}

/** Of services that got no revision, just what was read of each stands there again: nothing else of them was written. */
async function putBackHeads({ override, record, store }: StepRun, services: readonly ServicePlan[]): Promise<Result<readonly Operation[], ApplyFault>> {
  const heads = await readHeads(store, services.map(({ service }) => service));
  if (!heads.ok) return heads;
  const operations: Operation[] = [];
  for (const one of services) {
    const head = heads.value.get(one.service);
    if (head?.value.operation?.id !== record.id || one.head === undefined) continue;
    if (!override && !isFrozenBy(head.value, one)) return conflict(`${store.prefix}/${headKey(one.service)} was changed by hand since operation ${record.id} wrote it; --override puts back what stood there before the operation`);
    operations.push({ kind: "replace", key: headKey(one.service), value: JSON.stringify(one.head.value), modifyIndex: head.modifyIndex });
  }
  return ok(operations);
}

/** Indexes as they are now, whatever a hand has written there since the plan was made. */
async function overHands({ store }: StepRun, share: ServicePlan): Promise<Result<ServicePlan, ApplyFault>> {
  const indexes = new Map<string, number | undefined>();
  for (const key of [...share.writes.map(({ part }) => partKey(share.service, part)), ...share.verdicts.map(({ version }) => verdictKey(share.service, version))]) {
    const entry = await store.get(key, { consistency: "consistent" });
    if (!entry.ok) return err({ kind: "store", fault: entry.fault });
    indexes.set(key, entry.value?.modifyIndex);
  }
  return ok({
    ...share,
    writes: share.writes.map((write) => ({ ...write, modifyIndex: indexes.get(partKey(share.service, write.part)) })),
    verdicts: share.verdicts.map((change) => ({ ...change, modifyIndex: indexes.get(verdictKey(share.service, change.version)) })),
    expects: [],
  });
}

function endOf(operations: readonly Operation[]): StepEnd {
  return {
    operations,
    describe: (keys) => Promise.resolve(`${keys.join(", ")} ${keys.length === 1 ? "was" : "were"} changed since the plan was made, by a hand that leaves no name: look with "consul kv get"; --override writes over what stands there now`),
  };
}

function describeMoved(prefix: string, { service }: ServicePlan, head: Stored<Head> | undefined, { id }: OperationRecord): string {
  if (head === undefined) return `${prefix}/desired/${service}/head was removed or overwritten by hand`;
  const { at, by, operation, revision } = head.value;
  if (operation !== undefined && operation.id !== id) return `${service} was taken over by operation ${operation.id} (${operation.kind} by ${operation.by} since ${operation.at})`;
  return `${by} changed ${service} at ${at}: revision ${revision}`;
}

function conflict(message: string): Result<never, ApplyFault> {
  return err({ kind: "refusal", refusal: { kind: "conflict", message } });
}
