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

/** `kinds`: those that can be told of. */
export function createTally(kinds: readonly Failure[] = ["refused", "lost", "late"]): Tally {
  const requests: Record<string, number> = {};
  const failures: Partial<Record<Failure, number>> = Object.fromEntries(kinds.map((kind) => [kind, 0]));
  let byVersion = new Map<string, number>();
  const count = (key: string, version: string | undefined, times = 1): void => {
    requests[key] = (requests[key] ?? 0) + times;
    if (version !== undefined) byVersion.set(version, (byVersion.get(version) ?? 0) + times);
  };
  return {
    requests,
    failures,
    answered: (version, status, times) => count(`${version ?? "none"} ${Math.floor(status / 100)}xx`, version, times),
    connected: (version) => count(`${version} tcp`, version),
    unanswered(how, times = 1) {
      failures[how] = (failures[how] ?? 0) + times;
    },
    begin() {
      byVersion = new Map();
    },
    served() {
      const all = [...byVersion.values()].reduce((sum, count) => sum + count, 0);
      return all === 0 ? undefined : Object.fromEntries([...byVersion].map(([version, count]) => [version, Math.round((count / all) * 10_000) / 10_000]));
    },
  };
}
