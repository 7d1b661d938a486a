import type { Registry } from "../core/decide/group/registry.ts";
import type { Together } from "../core/decide/rollback/go-together.ts";
import type { ServiceFacts } from "../core/model/facts.ts";
import { type Result, err, ok } from "../core/model/result.ts";
import type { Store } from "../core/store/port.ts";
import { type Failure, failureOfStore } from "./ending.ts";
import type { Session } from "./session.ts";

/** Pure: what moves together, by what releases require. */
export interface Group {
  /** Whose facts it has to know, besides those of the named services. */
  looksAt(registry: Registry): readonly string[];
  determine(facts: readonly ServiceFacts[], registry: Registry): Together | undefined;
}

/** Pins and releases of every service: all that is looked at where nothing else moves. */
export type Looks = Group | "registry";

export interface GatheredGroup {
  /** Of the named services, and of those that go along. */
  readonly facts: readonly ServiceFacts[];
  readonly together: Together | undefined;
  readonly registry: Registry | undefined;
}

type Gather = (services: readonly string[]) => Promise<Result<readonly ServiceFacts[], Failure>>;

/** A token that may not see other services goes on with what it may see: their needs are nobody's reason to wait. */
export async function gatherGroup(session: Session, store: Store, named: readonly ServiceFacts[], group: Looks, gather: Gather): Promise<Result<GatheredGroup, Failure>> {
  const { gatherRegistry } = await import("../core/operations/gather-registry.ts");
  const registry = await gatherRegistry(store, { signal: session.signal });
  if (!registry.ok) {
    if (registry.fault.kind !== "denied") return err(failureOfStore(registry.fault));
    session.world.stderr.write(`note: what other services require isn't looked at: ${failureOfStore(registry.fault).message}\n`);
    return ok({ facts: named, together: undefined, registry: undefined });
  }
  if (group === "registry") return ok({ facts: named, together: undefined, registry: registry.value });
  const looked = await gatherMore(named, group.looksAt(registry.value), gather);
  if (!looked.ok) return looked;
  const together = group.determine(looked.value, registry.value);
  const all = await gatherMore(looked.value, [...(together?.why.keys() ?? [])], gather);
  if (!all.ok) return all;
  const isIn = ({ service }: ServiceFacts): boolean => together?.why.has(service) === true || named.some((one) => one.service === service);
  return ok({ facts: all.value.filter(isIn), together, registry: registry.value });
}

/** The same facts, and those of services that aren't among them. */
async function gatherMore(facts: readonly ServiceFacts[], services: readonly string[], gather: Gather): Promise<Result<readonly ServiceFacts[], Failure>> {
  const missing = services.filter((service) => !facts.some((one) => one.service === service));
  if (missing.length === 0) return ok(facts);
  const more = await gather(missing);
  return more.ok ? ok([...facts, ...more.value]) : more;
}
