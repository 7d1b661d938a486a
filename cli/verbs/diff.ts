import type { Command } from "commander";
import { determineCurrent } from "../../core/decide/current.ts";
import { type DesiredState, NOTHING_DESIRED } from "../../core/model/desired.ts";
import type { ServiceFacts } from "../../core/model/facts.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type Ending, type Failure, failed, result, usage } from "../ending.ts";
import { serviceArgument, wholeNumber } from "../flags.ts";
import { gatherKnown } from "../gather.ts";
import { diffPrintable } from "../output/diff.ts";
import type { Run, Session } from "../session.ts";

export function declare(command: Command, run: Run): void {
  command
    .description("What differs: without a revision, what the newest one changed; with one, from it to now; with two, between them.")
    .argument("<service>", "the service", serviceArgument)
    .argument("[from]", "a revision; 0 is before the first", wholeNumber(0))
    .argument("[to]", "another revision", wholeNumber(0))
    .action((service: string, from: number | undefined, to: number | undefined) => run((session) => showDiff(session, service, from, to)));
}

/** A state and what to call it. */
interface Side {
  readonly name: string;
  readonly revision: number | "now";
  readonly state: DesiredState;
}

async function showDiff(session: Session, service: string, from: number | undefined, to: number | undefined): Promise<Ending> {
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const gathered = await gatherKnown(store.value, [service], { signal: session.signal });
  if (!gathered.ok) return failed(gathered.fault);
  const [facts] = gathered.value;
  const newest = facts?.history[0]?.revision ?? 0;
  if (facts === undefined || newest === 0) return failed({ code: "refused", check: "kept-history", service, message: `${service} has no revision yet: nothing was ever pinned or configured` });
  const before = sideAt(facts, from ?? newest - 1);
  if (!before.ok) return failed(before.fault);
  const after = from !== undefined && to === undefined ? ok(now(facts)) : sideAt(facts, to ?? newest);
  if (!after.ok) return failed(after.fault);
  return result(diffPrintable(service, before.value, after.value));
}

/** What stands now, hand flips that are obeyed among it. */
function now(facts: ServiceFacts): Side {
  return { name: "now", revision: "now", state: determineCurrent(facts).state };
}

function sideAt({ service, history }: ServiceFacts, revision: number): Result<Side, Failure> {
  const name = `revision ${revision}`;
  if (revision === 0) return ok({ name, revision, state: NOTHING_DESIRED });
  const entry = history.find((one) => one.revision === revision);
  if (entry !== undefined) return ok({ name, revision, state: entry.after });
  const next = history.find((one) => one.revision === revision + 1);
  if (next !== undefined) return ok({ name, revision, state: next.before });
  return missing(service, history, revision);
}

function missing(service: string, history: ServiceFacts["history"], revision: number): Result<never, Failure> {
  const newest = history[0]?.revision ?? 0;
  const oldest = history.at(-1)?.revision ?? 0;
  if (revision > newest) return err(usage(`revision ${revision} of ${service} does not exist: the newest is ${newest}`));
  return err({ code: "refused", check: "kept-history", service, message: `revision ${revision} of ${service} is no longer kept: the oldest is ${oldest}` });
}
