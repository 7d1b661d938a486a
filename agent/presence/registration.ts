import { type Result, ok } from "../../core/model/result.ts";
import { createTurns } from "../appliers/turns.ts";
import { type SignalFlag, createSignalFlag } from "../loop/signal-flag.ts";
import type { Untold } from "../process/deps.ts";
import { type AnnouncedEndpoint, type CatalogEntry, type EntryOwner, type Load, NEUTRAL_LOAD, entryFor } from "./catalog-entry.ts";
import { lookInCatalog } from "./look-in-catalog.ts";
import { type OffWord, type WhyOff, createOffWord } from "./off-word.ts";
import { type CatalogDeps, register, showInCatalog } from "./show-in-catalog.ts";

export interface RegistrationDeps extends CatalogDeps, EntryOwner {
  /** Routes decide how much it asks for: until they are known, that is left as it is. */
  readonly isRouted: boolean;
}

export interface Registration {
  /**
   * Shows this endpoint in Consul's catalog in place of the former one. The first endpoint of an agent's life may wait
   * for an absent Consul (nothing depends on it yet); a later one must be shown before its predecessor goes.
   */
  announce(endpoint: AnnouncedEndpoint): Promise<Result<void, Untold>>;
  /** The same, without waiting for it: for what no client depends on. */
  showSoon(endpoint: AnnouncedEndpoint): void;
  /** From now on it asks for as much as this says; told anew whenever that says something else. */
  ask(asking: Asking): void;
  /**
   * Why an instance of a version takes no traffic, whatever is asked for; undefined where it does. Until this was said once,
   * that stays as it is in the catalog.
   */
  takeOff(whyOff: WhyOff): void;
  /** What it was announced with last. */
  announced(): AnnouncedEndpoint | undefined;
  /** The catalog may show what it was told long ago, though Consul's own agent says otherwise: it is looked at soon. */
  doubt(): void;
  /** What is shown stays as it is, and isn't looked after any more, until something is announced again. */
  letGo(signal: AbortSignal): Promise<void>;
  /** Looks now and then whether the local Consul agent still has the registration, and registers it again. */
  run(signal: AbortSignal): Promise<void>;
  remove(signal: AbortSignal): Promise<void>;
}

/** Who decides how much is asked for. */
export interface Asking {
  /** Of the version that runs; undefined: as it is. */
  readonly loadOf: (version: string) => Load | undefined;
  /** Another endpoint has been announced. */
  readonly onAnnounced: () => void;
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
  let shown: AnnouncedEndpoint | undefined;
  let isDoubted = false;
  let asking: Asking = { loadOf: () => (deps.isRouted ? undefined : NEUTRAL_LOAD), onAnnounced: () => undefined };

  const word = createOffWord();

  const entryOf = (endpoint: AnnouncedEndpoint): CatalogEntry => entryFor(deps, endpoint, { load: asking.loadOf(endpoint.version), off: word.of(endpoint.version) });
  const want = (endpoint: AnnouncedEndpoint): void => {
    shown = endpoint;
    flag.raise();
    asking.onAnnounced();
  };

  /** How long until the next look. Waits for no catalog: what is announced meanwhile must not wait for that. */
  const repair = async (signal: AbortSignal): Promise<number> => {
    if (shown === undefined) return LOOK_EVERY_MS;
    const wanted = entryOf(shown);
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
    const isFirst = shown === undefined;
    const told = await showInCatalog(deps, entryOf(endpoint), NEVER);
    if (!told.ok && !isFirst) return told;
    want(endpoint);
    return ok(undefined);
  };

  return {
    showSoon: want,
    ask(next) {
      asking = next;
      flag.raise();
    },
    takeOff: (next) => void (word.hear(next, shown?.version) && flag.raise()),
    announced: () => shown,
    letGo: (signal) =>
      inTurn(async () => {
        shown = await letGo(deps, shown, word, signal);
      }),
    doubt() {
      isDoubted = true;
      flag.raise();
    },
    announce: (endpoint) => inTurn(() => announce(endpoint)),
    run: (signal) =>
      lookNowAndThen(flag, signal, async () => {
        const wasDoubted = isDoubted;
        const pause = await inTurn(() => repair(signal));
        // Before something that makes Consul doubtful all the time, it isn't asked all the time.
        if (wasDoubted) await deps.clock.sleep(RETRY_MS, signal);
        return pause;
      }),
    remove: (signal) => inTurn(() => withdraw(deps, shown, signal)),
  };
}

/** What only a living agent asks for ends with it. Answers what is looked after from then on. */
async function letGo(deps: RegistrationDeps, shown: AnnouncedEndpoint | undefined, word: OffWord, signal: AbortSignal): Promise<undefined> {
  if (shown === undefined) return;
  if (deps.isRouted || word.of(shown.version)?.why !== undefined) await register(deps, entryFor(deps, shown, { load: NEUTRAL_LOAD, off: { why: undefined } }), { isToldAnew: false, signal });
}

async function withdraw({ instance, store }: RegistrationDeps, shown: AnnouncedEndpoint | undefined, signal: AbortSignal): Promise<void> {
  if (shown !== undefined) await store.catalog.deregister(instance, { signal });
}

/** `look` says how long until it is to be done again, where the flag isn't raised before. */
async function lookNowAndThen(flag: SignalFlag, signal: AbortSignal, look: () => Promise<number>): Promise<void> {
  for (let pause = LOOK_EVERY_MS; ; pause = await look()) {
    await flag.wait(signal, pause);
    if (signal.aborted) return;
  }
}
