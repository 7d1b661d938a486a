import type { Unanswered } from "../../core/decide/routing/determine-retry.ts";

/** How an instance didn't answer; `unknown` where who carries the requests doesn't tell. */
type Failure = Unanswered["kind"] | "unknown";

/** What has been answered, by whom. */
export interface Tally {
  /** Undefined: the agent itself. */
  answered(version: string | undefined, status: number, times?: number): void;
  /** `tcp`: one connection, of which nothing more is known. */
  connected(version: string): void;
  unanswered(how: Failure, times?: number): void;
  /** Another split counts from here on. */
  begin(): void;
  /** By version and class of status, since its port was opened: `1.4.2 2xx`, `1.4.2 tcp`. */
  readonly requests: Readonly<Record<string, number>>;
  readonly failures: Readonly<Partial<Record<Failure, number>>>;
  /** Parts of what instances answered since the split changed, by version; undefined before the first. */
  served(): Readonly<Record<string, number>> | undefined;
}

interface Answers {
  /** By class of status: what begins with 1 first. */
  readonly classes: number[];
  connections: number;
  sinceBegin: number;
}

/** `kinds`: those that can be told of. */
export function createTally(kinds: readonly Failure[] = ["refused", "lost", "late"]): Tally {
  /** `undefined`: the agent itself. Put into words only when asked for, for each request counts here. */
  const byVersion = new Map<string | undefined, Answers>();
  const failures: Partial<Record<Failure, number>> = Object.fromEntries(kinds.map((kind) => [kind, 0]));
  const first = (version: string | undefined): Answers => {
    const answers: Answers = { classes: [0, 0, 0, 0, 0, 0, 0, 0, 0], connections: 0, sinceBegin: 0 };
    byVersion.set(version, answers);
    return answers;
  };
  const answersOf = (version: string | undefined): Answers => byVersion.get(version) ?? first(version);
  return {
    get requests() {
      return Object.fromEntries([...byVersion].flatMap(([version = "none", { classes, connections }]) => inWords(version, classes, connections)));
    },
    failures,
    answered(version, status, times = 1) {
      const answers = answersOf(version);
      const at = Math.floor(status / 100) - 1;
      answers.classes[at] = (answers.classes[at] ?? 0) + times;
      answers.sinceBegin += times;
    },
    connected(version) {
      const answers = answersOf(version);
      answers.connections += 1;
      answers.sinceBegin += 1;
    },
    unanswered(how, times = 1) {
      failures[how] = (failures[how] ?? 0) + times;
    },
    begin() {
      for (const answers of byVersion.values()) answers.sinceBegin = 0;
    },
    served() {
      const since = [...byVersion].flatMap(([version, { sinceBegin }]): [string, number][] => (version === undefined || sinceBegin === 0 ? [] : [[version, sinceBegin]]));
      const all = since.reduce((sum, [, count]) => sum + count, 0);
      return all === 0 ? undefined : Object.fromEntries(since.map(([version, count]) => [version, Math.round((count / all) * 10_000) / 10_000]));
    },
  };
}

function inWords(version: string, classes: readonly number[], connections: number): [string, number][] {
  const all: [string, number][] = [...classes.map((count, at): [string, number] => [`${version} ${at + 1}xx`, count]), [`${version} tcp`, connections]];
  return all.filter(([, count]) => count > 0);
}
