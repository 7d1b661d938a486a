import type { ServiceFacts } from "../core/model/facts.ts";
import { type Result, err, ok } from "../core/model/result.ts";
import { desiredRoot, serviceIn } from "../core/store/keys.ts";
import type { Store } from "../core/store/port.ts";
import { gatherFacts } from "../core/operations/gather.ts";
import { type Failure, failureOfStore, usage } from "./ending.ts";
import { didYouMean } from "./nearest.ts";

export interface GatherOptions {
  readonly signal: AbortSignal;
  /** How many history entries, newest first; all that are kept unless given. */
  readonly history?: number | "all" | undefined;
  /** Of which nothing stands in Consul: no error. */
  readonly evenUnknown?: boolean | undefined;
}

/** The facts of services that a person named. An unknown one is bad usage, with the names that are nearest. */
export async function gatherKnown(store: Store, services: readonly string[], options: GatherOptions): Promise<Result<readonly ServiceFacts[], Failure>> {
  const gathered = await Promise.all(services.map((service) => gatherFacts(store, service, options)));
  const facts: ServiceFacts[] = [];
  for (const one of gathered) {
    if (!one.ok) return err(failureOfStore(one.fault));
    facts.push(one.value);
  }
  const unknown = options.evenUnknown === true ? undefined : facts.find((one) => !isKnown(one));
  return unknown === undefined ? ok(facts) : err(await unknownService(store, unknown.service, options.signal));
}

/** Keys without a head (someone wrote a pin before any agent or release) are something to be told about, not nothing. */
function isKnown(facts: ServiceFacts): boolean {
  return facts.head !== undefined || facts.desired.length > 0 || facts.releases.size > 0 || facts.unreadable.length > 0;
}

async function unknownService(store: Store, service: string, signal: AbortSignal): Promise<Failure> {
  const names = await store.keys(desiredRoot, { signal });
  if (!names.ok) return failureOfStore(names.fault);
  const services = [...new Set(names.value.map((key) => serviceIn(key, desiredRoot)))];
  const known = services.length === 0 ? ` No service is known under ${store.prefix}/.` : didYouMean(service, services);
  return usage(`${JSON.stringify(service)} is unknown: no agent and no release of it was ever registered under ${store.prefix}/.${known} To make it known, start its agent or run "rollpin release register ${service} <version>"`);
}
