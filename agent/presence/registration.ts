import { type Result, ok } from "../../core/model/result.ts";
import type { ServiceRegistration } from "../../core/store/port.ts";
import { createTurns } from "../appliers/turns.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import type { Untold } from "../process/deps.ts";
import { type AnnouncedEndpoint, type EntryOwner, entryFor } from "./catalog-entry.ts";
import { lookInCatalog } from "./look-in-catalog.ts";
import { type CatalogDeps, register, showInCatalog } from "./show-in-catalog.ts";

export type RegistrationDeps = CatalogDeps & EntryOwner;

export interface Registration {
  /**
   * Shows this endpoint in Consul's catalog in place of the former one. The first endpoint of an agent's life may wait
   * for an absent Consul (nothing depends on it yet); a later one must be shown before its predecessor goes.
   */
  announce(endpoint: AnnouncedEndpoint): Promise<Result<void, Untold>>;
  /** The same, without waiting for it: for what no client depends on. */
  showSoon(endpoint: AnnouncedEndpoint): void;
  /** The catalog may show what it was told long ago, though Consul's own agent says otherwise: it is looked at soon. */
  doubt(): void;
  /** What is shown stays as it is, and isn't looked after any more, until something is announced again. */
  letGo(): void;
  /** Looks now and then whether the local Consul agent still has the registration, and registers it again. */
  run(signal: AbortSignal): Promise<void>;
  remove(signal: AbortSignal): Promise<void>;
}

const LOOK_EVERY_MS = 60_000;
const RETRY_MS = 1_000;
/** Where Consul can't be asked; when it is there again that is told. */
const ABSENT_MS = 5_000;
/** A switch under way is not left half announced: the calls have time limits of their own. */
const NEVER = new AbortController().signal;

export function createRegistration(deps: RegistrationDeps): Registration {
  const flag = createSignalFlag();
  /** A repair that began before an announcement must not land after it, with the endpoint before. */
  const inTurn = createTurns();
  let wanted: ServiceRegistration | undefined;
  let isDoubted = false;

  const want = (entry: ServiceRegistration): void => {
    wanted = entry;
    flag.raise();
  };

  /** How long until the next look. Waits for no catalog: what is announced meanwhile must not wait for that. */
  const repair = async (signal: AbortSignal): Promise<number> => {
    if (wanted === undefined) return LOOK_EVERY_MS;
    const wasDoubted = isDoubted;
    // What is doubted from here on is looked at once more.
    isDoubted = false;
    const finding = await lookInCatalog(deps.store.catalog, wanted, wasDoubted, signal);
    if (finding.kind === "as-told") return LOOK_EVERY_MS;
    if (finding.kind === "unknown") deps.onFault(finding.fault);
    else if ((await register(deps, wanted, { isToldAnew: wasDoubted, signal })).ok && finding.kind !== "outdated") return LOOK_EVERY_MS;
    isDoubted ||= wasDoubted;
    return finding.kind === "unknown" ? ABSENT_MS : RETRY_MS;
  };

  const announce = async (endpoint: AnnouncedEndpoint): Promise<Result<void, Untold>> => {
    const entry = entryFor(deps, endpoint);
    const isFirst = wanted === undefined;
    const shown = await showInCatalog(deps, entry, NEVER);
    if (!shown.ok && !isFirst) return shown;
    want(entry);
    return ok(undefined);
  };

  return {
    showSoon: (endpoint) => want(entryFor(deps, endpoint)),
    letGo: () => void (wanted = undefined),
    doubt() {
      isDoubted = true;
      flag.raise();
    },
    announce: (endpoint) => inTurn(() => announce(endpoint)),
    async run(signal) {
      let pause = LOOK_EVERY_MS;
      for (;;) {
        await flag.wait(signal, pause);
        if (signal.aborted) return;
        const wasDoubted = isDoubted;
        pause = await inTurn(() => repair(signal));
        // Before something that makes Consul doubtful all the time, it isn't asked all the time.
        if (wasDoubted) await deps.clock.sleep(RETRY_MS, signal);
      }
    },
    remove: (signal) =>
      inTurn(async () => {
        if (wanted !== undefined) await deps.store.catalog.deregister(wanted.id, { signal });
      }),
  };
}
