/** `resume` and `abort`: what was left behind is finished, or taken back. */
import { describeTakenBack } from "../../core/decide/operation/describe-operation.ts";
import type { ServicePlan } from "../../core/model/plan.ts";
import type { AppliedPlan } from "../../core/operations/apply.ts";
import { type Finished, type Taker, abortOperation, resumeOperation } from "../../core/operations/journal/resume-operation.ts";
import type { Store } from "../../core/store/port.ts";
import { confirm, refuseToGuess } from "../confirm.ts";
import { type Crew, createCrew, failureOfCrew } from "../datacentres/crew.ts";
import { followEverywhere } from "../datacentres/receipts.ts";
import { EXIT, type Ending, failed, result } from "../ending.ts";
import type { ChangeFlags } from "../flags.ts";
import { gatherKnown } from "../gather.ts";
import { type Steps, createSteps } from "../output/operation-steps.ts";
import { operationPrintable } from "../output/operation.ts";
import { render } from "../output/print-result.ts";
import type { Session } from "../session.ts";
import { specOf } from "../spec-of.ts";
import { type Waited, isEverywhere, receiptScopes, waitForReceipt } from "../wait.ts";
import { findOperation } from "./look.ts";
import type { OperationStanding } from "./standing.ts";

const VERBS = {
  resume: { act: resumeOperation, question: "Finish it?", what: "this finishes what was begun" },
  abort: { act: abortOperation, question: "Take it back?", what: "this takes back what was done" },
} as const;
type Verb = keyof typeof VERBS;

export async function takeUp(session: Session, verb: Verb, id: string, flags: ChangeFlags): Promise<Ending> {
  const { act, question, what } = VERBS[verb];
  const allowed = refuseToGuess(session, flags, what);
  if (!allowed.ok) return failed(allowed.fault);
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const found = await findOperation(session, store.value, id);
  if (!found.ok) return failed(found.fault);
  if (flags.dryRun === true) return result(operationPrintable(found.value, undefined));
  if (flags.yes !== true) session.world.stderr.write(render(operationPrintable(found.value), "table", session.err));
  if (verb === "resume" && found.value.record?.datacentre !== undefined && session.flags.output === "table") await showUnseen(session, store.value, id);
  const agreed = await confirm(session, flags, question);
  if (!agreed.ok) return failed(agreed.fault);
  const steps = createSteps(session);
  const crew = createCrew(session, { flags, specOf, told: { onDrain: steps.showDrain, onHook: steps.showHook } });
  const done = await act(store.value, id, takerOf(session, flags, steps, crew));
  steps.end();
  if (!done.ok) return failed(failureOfCrew(done.fault, crew));
  return done.value.record.datacentre === undefined ? tell(session, store.value, flags, done.value) : tellEverywhere(session, flags, done.value, crew);
}

async function showUnseen(session: Session, store: Store, id: string): Promise<void> {
  const { previewUnseen } = await import("../datacentres/preview.ts");
  for (const line of await previewUnseen(session, store, id)) session.world.stderr.write(`${line}\n`);
}

function takerOf({ signal, world: { by, clock, planSuffix } }: Session, { override, reason }: ChangeFlags, { show: onProgress }: Steps, { runners }: Crew): Taker {
  return { by, clock, reason, planSuffix: planSuffix(), override: override === true, signal, onProgress, runners };
}

async function tellEverywhere(session: Session, flags: ChangeFlags, finished: Finished, crew: Crew): Promise<Ending> {
  const followed = await followEverywhere(session, flags, crew.applied());
  return result(operationPrintable(standingOf(finished), describeOutcome(finished), undefined, followed), followed.every((one) => isEverywhere(one.waited)) ? EXIT.done : EXIT.incomplete);
}

function standingOf({ record }: Finished): OperationStanding {
  return { id: record.id, state: record.phase === "aborted" ? "aborted" : "done", record, holder: undefined, problem: undefined };
}

async function tell(session: Session, store: Store, flags: ChangeFlags, finished: Finished): Promise<Ending> {
  const { already } = finished;
  const outcome = describeOutcome(finished);
  const waited = already || !flags.wait ? undefined : await wait(session, store, flags, finished);
  return result(operationPrintable(standingOf(finished), outcome, waited), isEverywhere(waited) ? EXIT.done : EXIT.incomplete);
}

function describeOutcome({ already, record }: Finished): string {
  const { datacentre, id, kind, phase, services, steps } = record;
  if (already) return `operation ${id} was ${phase === "done" ? "done" : "taken back"} already`;
  const names = Object.keys(services).length;
  const what = `${kind} of ${datacentre !== undefined ? steps.map(({ about }) => about).join(", ") : names === 1 ? "its service" : `its ${names} services`}`;
  if (phase === "done") return `operation ${id} is done: ${what}`;
  return datacentre === undefined ? `operation ${id} is taken back: ${describeTakenBack(record)}` : `operation ${id} is taken back (${what}): history has that in each datacentre as an undo`;
}

/** Who has to apply what was done, or what was taken back: the same instances. */
async function wait(session: Session, store: Store, { timeout }: ChangeFlags, { record, steps }: Finished): Promise<Waited | undefined> {
  const revisions = record.phase === "done" ? record.services : (record.takenBack?.services ?? {});
  const shares = steps.flatMap((step): readonly ServicePlan[] => (step.kind === "transaction" ? step.services : [])).filter(({ service }) => Object.hasOwn(revisions, service));
  const facts = await gatherKnown(store, shares.map(({ service }) => service), { signal: session.signal, history: 1 });
  if (!facts.ok) return { receipt: undefined, stopped: facts.fault.message };
  const applied: AppliedPlan = { id: record.phase === "done" ? record.id : (record.takenBack?.plan ?? record.id), at: record.at, services: Object.entries(revisions).map(([service, revision]) => ({ service, revision })) };
  const scopes = receiptScopes({ services: shares }, applied, facts.value);
  return scopes.length === 0 ? undefined : waitForReceipt(session, store, applied, scopes, timeout);
}
