import type { Command } from "commander";
import { parseKeptRevisions } from "../../core/model/kept-revisions.ts";
import { gatherRevisions } from "../../core/operations/gather.ts";
import { type Ending, failed, failureOfStore, result, usage } from "../ending.ts";
import { type ChangeFlags, argument, serviceArgument, wholeNumber } from "../flags.ts";
import { gatherKnown } from "../gather.ts";
import { historyPrintable } from "../output/history.ts";
import type { Run, Session } from "../session.ts";

interface Flags extends Pick<ChangeFlags, "dryRun" | "yes"> {
  readonly limit?: number;
  readonly keep?: number;
}

export function declare(command: Command, run: Run): void {
  command
    .argument("[service]", "the service", serviceArgument)
    .option("-n, --limit <count>", "only the newest", wholeNumber(1))
    .option("--keep <count>", "instead: how many revisions of each service are kept from now on", argument(parseKeptRevisions))
    .option("--dry-run", "with --keep: change nothing")
    .option("-y, --yes", "with --keep: don't ask")
    .action((service: string | undefined, flags: Flags) => run((session) => (flags.keep === undefined ? show(session, service, flags) : keep(session, service, flags.keep, flags))));
}

async function keep(session: Session, service: string | undefined, count: number, flags: Flags): Promise<Ending> {
  if (service !== undefined || flags.limit !== undefined) return failed(usage("--keep is for every service: leave out the service and --limit"));
  const { keepHistory } = await import("../history/keep-history.ts");
  return keepHistory(session, count, { ...flags, wait: false });
}

async function show(session: Session, service: string | undefined, { dryRun, limit, yes }: Flags): Promise<Ending> {
  if (service === undefined) return failed(usage("name the service, or say with --keep how many revisions of each are kept"));
  if ((dryRun ?? yes) !== undefined) return failed(usage("--dry-run and --yes go with --keep"));
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const { signal } = session;
  const read = await gatherRevisions(store.value, service, { signal, history: limit ?? "all" });
  if (!read.ok) return failed(failureOfStore(read.fault));
  if (read.value !== undefined) return result(historyPrintable(service, read.value.good.slice(0, limit), read.value.bad));
  const facts = await gatherKnown(store.value, [service], { signal, history: 1 });
  return facts.ok ? result(historyPrintable(service, [], [])) : failed(facts.fault);
}
