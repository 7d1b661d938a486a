import { determineCurrent } from "../../core/decide/current.ts";
import type { Registry } from "../../core/decide/group/registry.ts";
import { pinOf } from "../../core/model/desired.ts";
import type { ServiceFacts } from "../../core/model/facts.ts";
import { STABLE } from "../../core/model/names.ts";
import type { Release } from "../../core/model/records.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { gatherFacts } from "../../core/operations/gather.ts";
import { gatherRegistry } from "../../core/operations/gather-registry.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import type { Store } from "../../core/store/port.ts";
import { EXIT, type Ending, type Failure, failed, failureOfStore, result } from "../ending.ts";
import { releaseCheckPrintable } from "../output/release-check.ts";
import type { Session } from "../session.ts";
import { type ReleaseCheck, determineReleaseCheck } from "./determine-release-check.ts";
import { gatherOne } from "./list-releases.ts";

export interface ReleaseAsked {
  readonly service: string;
  readonly version: string;
  readonly track: string;
  /** A local file whose `checks` are run too. */
  readonly run: string | undefined;
}

/** Reads the service, those that the release requires, and who requires it, and answers from these facts; then from what commands say. */
export async function checkRelease(session: Session, { run, service, track, version }: ReleaseAsked): Promise<Ending> {
  const facts = await gatherOne(session, service);
  if (!facts.ok) return failed(facts.fault);
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const others = await gatherRequired(session, store.value, facts.value.releases.get(version)?.value);
  if (!others.ok) return failed(others.fault);
  const registry = await gatherSeen(session, store.value);
  if (!registry.ok) return failed(registry.fault);
  const known = determineReleaseCheck({ facts: facts.value, others: others.value, registry: registry.value, version, track }, consulTime(store.value, session.world.clock));
  const ran = await runNamed(session, { run, service, version, others: others.value });
  if (!ran.ok) return failed(ran.fault);
  const checks = [...known, ...ran.value];
  const refused = checks.some((check) => check.result === "refused");
  return result(releaseCheckPrintable(service, version, checks), refused ? EXIT.refused : EXIT.done);
}

async function gatherRequired({ signal }: Session, store: Store, release: Release | undefined): Promise<Result<ReadonlyMap<string, ServiceFacts>, Failure>> {
  const others = new Map<string, ServiceFacts>();
  for (const other of Object.keys(release?.requires ?? {})) {
    const gathered = await gatherFacts(store, other, { signal, history: 1 });
    if (!gathered.ok) return err(failureOfStore(gathered.fault));
    others.set(other, gathered.value);
  }
  return ok(others);
}

/** Undefined for a token that may not see all services. */
async function gatherSeen({ signal }: Session, store: Store): Promise<Result<Registry | undefined, Failure>> {
  const registry = await gatherRegistry(store, { signal });
  if (registry.ok) return registry;
  return registry.fault.kind === "denied" ? ok(undefined) : err(failureOfStore(registry.fault));
}

interface Named {
  readonly run: string | undefined;
  readonly service: string;
  readonly version: string;
  readonly others: ReadonlyMap<string, ServiceFacts>;
}

async function runNamed(session: Session, { others, run, service, version }: Named): Promise<Result<readonly ReleaseCheck[], Failure>> {
  if (run === undefined) return ok([]);
  const { runChecks } = await import("./run-checks.ts");
  const pins = [...others].flatMap(([other, facts]) => {
    const pin = pinOf(determineCurrent(facts).state, STABLE);
    return pin === undefined ? [] : [[other, pin] as const];
  });
  return runChecks(session, { file: run, service, version, pins: Object.fromEntries(pins) });
}
