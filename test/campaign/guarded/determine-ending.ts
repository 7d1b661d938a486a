/** How a round ended, and whatever is not as it must be: done exactly once, nothing lost, and no good release taken back. */
import type { GuardAction, GuardState } from "../../../core/model/guard-records.ts";
import type { Revision, Verdict } from "../../../core/model/records.ts";
import type { Rollout } from "../../../core/model/rollout.ts";
import { brokenLinks } from "../../support/history.ts";
import { isBad } from "./fleet.ts";

export interface RoundEvidence {
  readonly kind: "release" | "rollout";
  readonly version: string;
  /** What stood before. */
  readonly base: string;
  /** Revisions since the round began. */
  readonly history: readonly Revision[];
  /** Of the guard, since the round began. */
  readonly actions: readonly GuardAction[];
  readonly actionsBefore: number;
  readonly state: GuardState | undefined;
  readonly rollout: Rollout | undefined;
  readonly pins: Readonly<Record<"canary" | "stable", string | undefined>>;
  readonly verdict: Verdict["verdict"] | undefined;
  /** Numbers of actions of which people were told. */
  readonly told: ReadonlySet<number>;
}

/** `open`: it may still become something else. `stands`: a release that nobody accused. */
export type Ending = "open" | "paused" | "promoted" | "rolled-back" | "stands" | "turned-back";

export function determineEnding({ history, kind, rollout, state, version }: Pick<RoundEvidence, "history" | "kind" | "rollout" | "state" | "version">): Ending {
  if (kind === "release") {
    if (history.some(({ by }) => by === "guard")) return "rolled-back";
    return state?.paused?.cause.startsWith(`stable:${version}@`) === true ? "paused" : "stands";
  }
  if (rollout?.state === "promoted" || rollout?.state === "turned-back") return rollout.state;
  return rollout?.paused === undefined ? "open" : "paused";
}

const WELL: ReadonlySet<Ending> = new Set(["promoted", "stands"]);
const BACK: ReadonlySet<Ending> = new Set(["rolled-back", "turned-back"]);

export function findWrong(evidence: RoundEvidence): readonly string[] {
  const { actions, actionsBefore, history, rollout, told, version } = evidence;
  const ending = determineEnding(evidence);
  const happened = history.map(({ by, kind }) => `${kind} by ${by === "guard" || by === "rollout" ? by : "a person"}`);
  const wanted = WANTED[ending](evidence);
  const done = actions.filter(({ outcome }) => outcome === "done").map(({ deed, plan }) => (deed === "promote" ? deed : `${deed} ${plan}`));
  return [
    ...brokenLinks(history),
    ...((isBad(version) ? WELL : BACK).has(ending) ? [`${version} is ${isBad(version) ? "bad" : "good"}, and its ${evidence.kind} ended ${ending}`] : []),
    ...differ("history", happened, wanted.history),
    ...differ("what the guard did", done, wanted.done),
    ...differ("pins of stable and canary", [evidence.pins.stable, evidence.pins.canary], wanted.pins),
    ...differ("the verdict", [evidence.verdict], [wanted.verdict]),
    ...differ("numbers of actions", actions.map(({ action }) => action), actions.map((_, at) => actionsBefore + 1 + at)),
    ...(ending === "paused" && !actions.some(({ deed, outcome }) => deed === "pause" && outcome === "paged") ? ["it pauses, and no page says so"] : []),
    ...actions.filter(({ action }) => !told.has(action)).map(({ action, deed, outcome }) => `nobody was told of action ${action} (${deed} ${outcome})`),
    ...(rollout?.state === "overtaken" || rollout?.state === "aborted" ? [`its rollout is ${rollout.state}, and nobody did that`] : []),
  ];
}

interface Wanted {
  readonly history: readonly string[];
  readonly done: readonly string[];
  readonly pins: readonly [string, string];
  readonly verdict: Verdict["verdict"] | undefined;
}

const steps = ({ rollout }: RoundEvidence): readonly string[] => Array.from({ length: rollout?.taken ?? 0 }, () => "rollout by rollout");
const lastPlan = ({ history }: RoundEvidence): string => history.at(-1)?.plan ?? "";

/** Where a paused one stands is what it had come to. */
function whereItStands({ base, kind, rollout, version }: RoundEvidence): readonly [string, string] {
  if (kind === "release") return [version, base];
  const pinned = new Set(rollout?.steps.slice(0, rollout.taken).flatMap(({ tracks }) => tracks));
  return [pinned.has("stable") ? version : base, pinned.has("canary") ? version : base];
}

const begun = (evidence: RoundEvidence): readonly string[] => (evidence.kind === "release" ? ["pin by a person"] : steps(evidence));

const WANTED: Readonly<Record<Ending, (evidence: RoundEvidence) => Wanted>> = {
  open: (evidence) => ({ history: begun(evidence), done: [], pins: whereItStands(evidence), verdict: undefined }),
  paused: (evidence) => ({ history: begun(evidence), done: [], pins: whereItStands(evidence), verdict: undefined }),
  stands: (evidence) => ({ history: begun(evidence), done: [], pins: whereItStands(evidence), verdict: undefined }),
  "rolled-back": (evidence) => ({ history: [...begun(evidence), "rollback by guard"], done: [`rollback ${lastPlan(evidence)}`], pins: [evidence.base, evidence.base], verdict: "condemned" }),
  "turned-back": (evidence) => ({ history: [...begun(evidence), "rollback by rollout"], done: [`turn-back ${lastPlan(evidence)}`], pins: [evidence.base, evidence.base], verdict: "condemned" }),
  promoted: (evidence) => ({ history: begun(evidence), done: ["promote"], pins: [evidence.version, evidence.version], verdict: "good" }),
};

function differ(what: string, is: readonly unknown[], wanted: readonly unknown[]): readonly string[] {
  return JSON.stringify(is) === JSON.stringify(wanted) ? [] : [`${what}: ${JSON.stringify(is)}, and not ${JSON.stringify(wanted)}`];
}
