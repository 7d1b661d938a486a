import type { Command } from "commander";
import { planRestore } from "../../core/decide/plans/plan-restore.ts";
import type { RememberedRecord } from "../../core/model/records.ts";
import type { RestoreRequest } from "../../core/model/requests.ts";
import { readRemembered } from "../../core/operations/read-records.ts";
import { listBelieved } from "../../core/operations/list-believed.ts";
import { rememberedFolder } from "../../core/store/keys.ts";
import { change } from "../change.ts";
import { type Ending, failed, failureOfStore } from "../ending.ts";
import { type ChangeFlags, addChangeFlags, eachService, wholeNumber } from "../flags.ts";
import type { Run, Session } from "../session.ts";

type Flags = ChangeFlags & { readonly revision?: number };

export function declare(command: Command, run: Run): void {
  const choices = [
    ["accept", "Consul's state is right: agents that are ahead of it go on from there."],
    ["reassert", "What the agents applied is right: it is written back to Consul."],
  ] as const;
  for (const [choice, description] of choices) {
    const one = addChangeFlags(command.command(choice).description(description), { waits: true, overrides: false }).argument("<service...>", "the services", eachService);
    if (choice === "reassert") one.option("--revision <n>", "what was applied as this revision, where agents differ (else the newest)", wholeNumber(1));
    one.action((services: readonly string[], flags: Flags) => run((session) => restore(session, services, flags, { choice, revision: flags.revision })));
  }
}

/** What agents left is read first: it changes only while they are ahead, and a plan made from too little says so. */
async function restore(session: Session, services: readonly string[], flags: Flags, request: RestoreRequest): Promise<Ending> {
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const remembered = new Map<string, readonly RememberedRecord[]>();
  for (const service of services) {
    const listed = await listBelieved(store.value, rememberedFolder(service), { signal: session.signal });
    if (!listed.ok) return failed(failureOfStore(listed.fault));
    remembered.set(service, readRemembered(listed.value.entries).good);
  }
  return change(session, {
    flags,
    services,
    history: 1,
    evenUnknown: true,
    plan: (facts) => planRestore(facts.map((one) => ({ facts: one, remembered: remembered.get(one.service) ?? [] })), request),
  });
}
