import type { RoutedTraffic } from "../../core/model/traffic-counts.ts";
import type { Unanswered } from "../../core/decide/routing/determine-retry.ts";
import { FAILED, type Since, countAnswer, empty, nothingYet, writeCounts } from "./count-versions.ts";

/** How an instance didn't answer; `unknown` where who carries the requests doesn't tell. */
type Failure = Unanswered["kind"] | "unknown";

/** What has been answered, by whom. */
export interface Tally {
  /** Undefined: the agent itself. `ms`: how long it took until one was answered, where that is known. */
  answered(version: string | undefined, status: number, times?: number, ms?: number): void;
  /** `tcp`: one connection, of which nothing more is known. */
  connected(version: string): void;
  unanswered(how: Failure, version?: string, times?: number): void;
  /** Another split counts from here on. */
  begin(): void;
  /** Calls with each failure of a version's from here on; must not wait. For one who asks at a time. */
  onFailure(run: () => void): void;
  /** By version and class of status, since its port was opened: `1.4.2 2xx`, `1.4.2 tcp`. */
  readonly requests: Readonly<Record<string, number>>;
  readonly failures: Readonly<Partial<Record<Failure, number>>>;
  /** Parts of what instances answered since the split changed, by version; undefined before the first. */
  served(): Readonly<Record<string, number>> | undefined;
  /** What versions are compared by: since the split changed, and while the one before it stood. */
  traffic(): RoutedTraffic;
}

interface Answers {
  /** By class of status: what begins with 1 first. */
  readonly classes: number[];
  connections: number;
  readonly since: Since;
}

/** `kinds`: those that can be told of. */
export function createTally(kinds: readonly Failure[] = ["refused", "lost", "late"]): Tally {
  /** `undefined`: the agent itself. Put into words only when asked for, for each request counts here. */
  const byVersion = new Map<string | undefined, Answers>();
  let before: RoutedTraffic["before"] = {};
  let failed = (): void => undefined;
  const failures: Partial<Record<Failure, number>> = Object.fromEntries(kinds.map((kind) => [kind, 0]));
  const first = (version: string | undefined): Answers => {
    const answers: Answers = { classes: [0, 0, 0, 0, 0, 0, 0, 0, 0], connections: 0, since: nothingYet() };
    byVersion.set(version, answers);
    return answers;
  };
  const answersOf = (version: string | undefined): Answers => byVersion.get(version) ?? first(version);
  return {
    get requests() {
      return Object.fromEntries([...byVersion].flatMap(([version = "none", { classes, connections }]) => inWords(version, classes, connections)));
    },
    failures,
    answered(version, status, times = 1, ms) {
      const answers = answersOf(version);
      const at = Math.floor(status / 100) - 1;
      answers.classes[at] = (answers.classes[at] ?? 0) + times;
      countAnswer(answers.since, status, times, ms);
      if (status >= FAILED && version !== undefined) failed();
    },
    connected(version) {
      const answers = answersOf(version);
      answers.connections += 1;
      answers.since.answers += 1;
    },
    unanswered(how, version, times = 1) {
      failures[how] = (failures[how] ?? 0) + times;
      if (version === undefined) return;
      answersOf(version).since.unanswered += times;
      failed();
    },
    onFailure: (run) => void (failed = run),
    begin() {
      const ended = writeCounts(ofVersions(byVersion));
      // A split that nobody has used says nothing of what was before.
      if (Object.keys(ended).length > 0) before = ended;
      for (const { since } of byVersion.values()) empty(since);
    },
    served() {
      const used = ofVersions(byVersion).filter(([, { answers }]) => answers > 0);
      const all = used.reduce((sum, [, { answers }]) => sum + answers, 0);
      return all === 0 ? undefined : Object.fromEntries(used.map(([version, { answers }]) => [version, Math.round((answers / all) * 10_000) / 10_000]));
    },
    traffic: () => ({ now: writeCounts(ofVersions(byVersion)), before }),
  };
}

function ofVersions(byVersion: ReadonlyMap<string | undefined, Answers>): readonly (readonly [string, Since])[] {
  return [...byVersion].flatMap(([version, { since }]) => (version === undefined ? [] : [[version, since] as const]));
}

function inWords(version: string, classes: readonly number[], connections: number): [string, number][] {
  const all: [string, number][] = [...classes.map((count, at): [string, number] => [`${version} ${at + 1}xx`, count]), [`${version} tcp`, connections]];
  return all.filter(([, count]) => count > 0);
}
