import type { ServiceFacts } from "../../core/model/facts.ts";
import type { Release } from "../../core/model/records.ts";
import { gatherFacts } from "../../core/operations/gather.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import { EXIT, type Ending, failed, failureOfStore, result } from "../ending.ts";
import { releaseCheckPrintable } from "../output/release-check.ts";
import type { Session } from "../session.ts";
import { determineReleaseCheck } from "./determine-release-check.ts";
import { gatherOne } from "./list-releases.ts";

/** Reads the service and those that the release requires, and answers from these facts alone. */
export async function checkRelease(session: Session, service: string, version: string, track: string): Promise<Ending> {
  const facts = await gatherOne(session, service);
  if (!facts.ok) return failed(facts.fault);
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const others = new Map<string, ServiceFacts>();
  for (const other of requiredBy(facts.value.releases.get(version)?.value)) {
    const gathered = await gatherFacts(store.value, other, { signal: session.signal, history: 1 });
    if (!gathered.ok) return failed(failureOfStore(gathered.fault));
    others.set(other, gathered.value);
  }
  const checks = determineReleaseCheck({ facts: facts.value, others, version, track }, consulTime(store.value, session.world.clock));
  const refused = checks.some((check) => check.result === "refused");
  return result(releaseCheckPrintable(service, version, checks), refused ? EXIT.refused : EXIT.done);
}

function requiredBy(release: Release | undefined): readonly string[] {
  return Object.keys(release?.requires ?? {});
}
