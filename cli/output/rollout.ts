import { heldMs } from "../../core/decide/rollout/determine-move.ts";
import { describeStep } from "../../core/decide/rollout/rollout-steps.ts";
import { type Rollout, type RolloutState, hasEnded } from "../../core/model/rollout.ts";
import type { Printable } from "./printable.ts";
import { type Screen, visible } from "./screen.ts";
import { wrap } from "./table.ts";
import { age, span } from "./times.ts";

export interface ShownRollout {
  readonly rollout: Rollout;
  /** That stands there now. */
  readonly revision: number;
  /** Of what was asked for. */
  readonly outcome?: "planned" | "changed" | "unchanged";
}

export function rolloutPrintable({ outcome, revision, rollout }: ShownRollout): Printable {
  const shown = standing(rollout, revision);
  return { value: rolloutValue(shown, outcome), text: (screen) => lines(shown, outcome, screen).join("\n") };
}

function rolloutValue(rollout: Rollout, outcome: ShownRollout["outcome"]) {
  return { kind: "rollout", ...(outcome === undefined ? {} : { outcome }), rollout };
}

/** A rollback, or whatever came after its last step, has ended it, whether its guard has seen that or not. */
function standing(rollout: Rollout, revision: number): Rollout {
  return hasEnded(rollout) || rollout.head === revision ? rollout : { ...rollout, state: "overtaken", why: `revision ${revision} overtook it` };
}

const SAYS: Readonly<Record<RolloutState, string>> = {
  begun: "begun: the guard of the service takes the first step",
  settling: "being applied",
  holding: "holds, and is judged",
  promoted: "promoted: it stood every step, and is good",
  "turned-back": "turned back to where it began, and condemned",
  aborted: "taken back to where it began",
  overtaken: "ended by another change",
};

function lines(rollout: Rollout, outcome: ShownRollout["outcome"], screen: Screen): readonly string[] {
  const { by, from, paused, promote, readings, reason, service, startedAt, state, steps, taken, version, why } = rollout;
  const text = (line: string): string => wrap(visible(line), screen.columns, "    ");
  // What stands there already isn't said again.
  const said = `${why ?? ""} ${paused?.why ?? ""}`;
  const style = state === "promoted" ? "green" : state === "turned-back" ? "red" : "cyan";
  return [
    text(`${outcome === "planned" ? "would be: " : ""}${service}: rollout ${from === undefined ? "" : `${from} -> `}${version}, by ${by}, ${age(startedAt, screen.now)}${reason === undefined ? "" : `: ${reason}`}`),
    ...steps.map((step, index) => text(`  ${markOf(rollout, index)} ${index + 1}. ${describeStep(step, version)}${holdOf(rollout, index, screen.now)}`)),
    screen.paint(style, text(`  ${SAYS[state]}${why === undefined ? "" : `: ${why}`}`)),
    ...(paused === undefined ? [] : [screen.paint("yellow", text(`  paused by ${paused.by}, ${age(paused.at, screen.now)}: ${paused.why}; "rollpin rollout resume ${service}" goes on, "rollpin rollout abort ${service}" goes back`))]),
    ...Object.entries(readings ?? {}).flatMap(([name, { says, summary }]) => (said.includes(summary) ? [] : [text(`    ${name} says ${says}: ${summary}`)])),
    ...groundsOf(rollout).map((line) => screen.paint("dim", text(line))),
    ...(promote === undefined || hasEnded(rollout) ? [] : [screen.paint("dim", text(promote === "all" ? "  promoted by a person: no more holds but the last" : `  promoted by a person: step ${taken + 1} comes next`))]),
  ];
}

/** Of an end, or a pause, by the guard. */
function groundsOf({ action, paused, service, state }: Rollout): readonly string[] {
  return action === undefined || (paused === undefined && !hasEnded({ state })) ? [] : [`  what it rests on: rollpin guard explain ${service} ${action}`];
}

function markOf({ state, taken }: Rollout, index: number): string {
  if (index >= taken) return "-";
  return index === taken - 1 && !hasEnded({ state }) ? ">" : "+";
}

function holdOf(rollout: Rollout, index: number, now: number): string {
  const { holdMs = 0 } = rollout.steps[index] ?? {};
  if (holdMs === 0) return "";
  const isNow = rollout.state === "holding" && index === rollout.taken - 1;
  return isNow ? ` (${span(Math.min(heldMs(rollout, now), holdMs))} of ${span(holdMs)})` : ` (${span(holdMs)})`;
}
