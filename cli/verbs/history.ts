import type { Command } from "commander";
import { type Ending, failed, result } from "../ending.ts";
import { serviceArgument, wholeNumber } from "../flags.ts";
import { gatherKnown } from "../gather.ts";
import { historyPrintable } from "../output/history.ts";
import type { Run, Session } from "../session.ts";

export function declare(command: Command, run: Run): void {
  command
    .argument("<service>", "the service", serviceArgument)
    .option("-n, --limit <count>", "only the newest", wholeNumber(1))
    .action((service: string, { limit }: { limit?: number }) => run((session) => showHistory(session, service, limit)));
}

async function showHistory(session: Session, service: string, limit: number | undefined): Promise<Ending> {
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const facts = await gatherKnown(store.value, [service], { signal: session.signal, history: limit ?? "all" });
  if (!facts.ok) return failed(facts.fault);
  const [one] = facts.value;
  return result(historyPrintable(service, one?.history.slice(0, limit) ?? [], one?.unreadable.filter((bad) => bad.key.includes("history/")) ?? []));
}
