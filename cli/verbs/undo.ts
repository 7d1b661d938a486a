import type { Command } from "commander";
import { parsePlanId } from "../../core/decide/plan-id.ts";
import { findPlan, planUndo } from "../../core/decide/plans/plan-undo.ts";
import type { ServiceFacts } from "../../core/model/facts.ts";
import { parseServiceName, quoteForPerson } from "../../core/model/names.ts";
import type { Revision } from "../../core/model/records.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { change } from "../change.ts";
import { refuseToGuess } from "../confirm.ts";
import { type Ending, type Failure, failed, usage } from "../ending.ts";
import { type ChangeFlags, WITH_SCHEMA, addChangeFlags } from "../flags.ts";
import { gatherKnown } from "../gather.ts";
import type { Run, Session } from "../session.ts";

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: true, overrides: true })
    .description("Take back one plan, exactly, its verdicts too: the newest of a service, or the one that is named. Refused when anything came after it.")
    .argument("<service | plan>", "a service, or a plan as `rollpin history` shows it")
    .option("--with-schema", WITH_SCHEMA)
    .action((name: string, flags: UndoFlags) => run((session) => undo(session, name, flags)));
}

interface UndoFlags extends ChangeFlags {
  readonly withSchema?: boolean;
}

async function undo(session: Session, name: string, flags: UndoFlags): Promise<Ending> {
  const allowed = refuseToGuess(session, flags);
  if (!allowed.ok) return failed(allowed.fault);
  const entry = await findEntry(session, name);
  if (!entry.ok) return failed(entry.fault);
  const { plan, services } = entry.value;
  const request = { plan, override: flags.override === true, withSchema: flags.withSchema };
  return change(session, { flags, services: Object.keys(services), group: "registry", plan: (facts, context) => planUndo(facts, request, context) });
}

/** The history entry that says which plan is meant and over which services it went. A plan may be named without its random end. */
async function findEntry(session: Session, name: string): Promise<Result<Revision, Failure>> {
  const service = serviceOf(name);
  if (!service.ok) return service;
  const store = await session.store();
  if (!store.ok) return store;
  const gathered = await gatherKnown(store.value, [service.value], { signal: session.signal });
  if (!gathered.ok) return gathered;
  const [facts] = gathered.value;
  if (facts === undefined) return err(usage(`${service.value} is unknown`));
  return name === service.value ? newestOf(facts) : planNamed(facts, name);
}

function newestOf({ service, history: [newest] }: ServiceFacts): Result<Revision, Failure> {
  return newest === undefined ? err({ code: "refused", check: "kept-history", service, message: `${service} has no revision yet: there is nothing to undo` }) : ok(newest);
}

function planNamed(facts: ServiceFacts, plan: string): Result<Revision, Failure> {
  const entry = findPlan(facts, plan);
  return entry.ok ? entry : err(usage(entry.fault.message));
}

function serviceOf(name: string): Result<string, Failure> {
  const service = parseServiceName(name);
  if (service.ok) return service;
  const plan = parsePlanId(name);
  if (plan.ok) return ok(plan.value.service);
  return err(usage(`${quoteForPerson(name)} is neither a service nor a plan: name one as "rollpin history <service>" shows it, such as checkout or checkout.12`));
}
