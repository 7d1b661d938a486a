/** What fires, as Alertmanager said it last: bounded, whatever it says. */
import type { Clock } from "../../../../core/clock.ts";
import { type Alert, type AlertWord, isNewWord } from "../../../../core/decide/guard/alert-episodes.ts";

export interface AlertBoard {
  /** Words of the webhook. `refused`: firing ones for which there is no place. */
  take(this: void, words: readonly AlertWord[]): { readonly refused: number };
  /** What the API said when it was asked then, by `clock.monotonic`; `complete`: what it doesn't name fires no more. */
  settle(this: void, service: string, firing: readonly Alert[], asked: { readonly at: number; readonly complete: boolean }): void;
  firing(this: void, service: string): readonly Alert[];
  /** When the webhook last told that something new fires for the service, or fires no more. */
  toldAt(this: void, service: string): number | undefined;
  /** Calls when what fires for the service has changed; until what is returned is called. */
  follow(this: void, service: string, news: () => void): () => void;
}

const MOST = 4_000;
/** One service's alerts leave room for the others'. */
const MOST_OF_SERVICE = 200;

interface Kept extends AlertWord {
  /** When it was heard, monotonic. */
  readonly at: number;
}

export function createAlertBoard(clock: Clock): AlertBoard {
  const kept = createKept();
  const followers = new Map<string, Set<() => void>>();
  const told = new Map<string, number>();
  const tell = (services: ReadonlySet<string>): void => {
    for (const service of services) told.set(service, clock.monotonic());
    for (const service of services) for (const news of followers.get(service) ?? []) news();
  };
  return {
    firing: kept.firing,
    toldAt: (service) => told.get(service),
    take(words) {
      const changed = new Set<string>();
      let refused = 0;
      for (const word of words) {
        const known = kept.of(word.alert);
        if (!isNewWord(known, word)) continue;
        if (!kept.put({ ...word, at: clock.monotonic() })) refused += 1;
        else if (word.firing || known?.firing === true) changed.add(word.alert.service);
      }
      tell(changed);
      return { refused };
    },
    settle(service, alerts, { at, complete }) {
      const isOlder = (alert: Alert): boolean => (kept.of(alert)?.at ?? 0) <= at;
      for (const alert of alerts) if (isOlder(alert)) kept.put({ alert, firing: true, at });
      const named = new Set(alerts.map(({ fingerprint }) => fingerprint));
      for (const alert of complete ? kept.firing(service) : []) if (!named.has(alert.fingerprint) && isOlder(alert)) kept.put({ alert, firing: false, at });
    },
    follow(service, news) {
      const own = followers.get(service) ?? new Set();
      followers.set(service, own.add(news));
      return () => {
        own.delete(news);
        if (own.size === 0 && followers.get(service) === own) followers.delete(service);
      };
    },
  };
}

interface KeptWords {
  of(alert: Alert): Kept | undefined;
  /** False where there is no place for it. */
  put(word: Kept): boolean;
  firing(this: void, service: string): readonly Alert[];
}

function createKept(): KeptWords {
  const words = new Map<string, Kept>();
  /** Who is forgotten to make room: what resolved, those heard of first. */
  const over = new Set<string>();
  const counts = new Map<string, number>();
  const count = ({ alert: { service }, firing }: Kept, by: number): void => {
    const now = (counts.get(service) ?? 0) + (firing ? by : 0);
    if (now === 0) counts.delete(service);
    else counts.set(service, now);
  };
  const drop = (fingerprint: string): void => {
    const former = words.get(fingerprint);
    if (former !== undefined) count(former, -1);
    words.delete(fingerprint);
    over.delete(fingerprint);
  };
  return {
    of: ({ fingerprint }) => words.get(fingerprint),
    put(word) {
      const { fingerprint, service } = word.alert;
      const known = words.get(fingerprint);
      if (word.firing && known?.firing !== true && (counts.get(service) ?? 0) >= MOST_OF_SERVICE) return false;
      if (known === undefined && words.size >= MOST) {
        // What resolved and was never known need not be.
        if (over.size === 0) return !word.firing;
        // Several at a time: a set whose first entry is taken again and again becomes slow.
        for (const forgotten of [...over].slice(0, Math.ceil(over.size / 4))) drop(forgotten);
      }
      drop(fingerprint);
      words.set(fingerprint, word);
      if (!word.firing) over.add(fingerprint);
      count(word, 1);
      return true;
    },
    firing: (service) => [...words.values()].flatMap((word) => (word.firing && word.alert.service === service ? [word.alert] : [])),
  };
}
