import { digestForTrack } from "../../core/decide/digest.ts";
import { type DesiredState, NOTHING_DESIRED } from "../../core/model/desired.ts";
import { type Remembered, type Self, rememberedIntent } from "../loop/determine-intent.ts";
import { type HoldReason, type Intent, STARTING } from "../loop/intent.ts";
import type { LocalPin } from "./local-pin.ts";

export const LOCAL_PIN = "local-pin";

export interface OverlayFacts {
  readonly self: Self;
  readonly remembered: Remembered | undefined;
  /** Consul doesn't answer. */
  readonly isCutOff: boolean;
}

/**
 * The intent while a local pin is in force: its version, and all else as before. `state` and `revision` stay Consul's, so
 * that what is remembered does. No turn is waited for: whoever gives turns may be gone.
 */
export function overlayLocalPin(intent: Intent, pin: LocalPin | undefined, { isCutOff, remembered, self }: OverlayFacts): Intent {
  // A start waits a moment for Consul's answer: its config goes with the version.
  if (pin === undefined || (intent.kind === "unknown" && intent.hold.code === STARTING)) return intent;
  const known = intent.kind === "unknown" ? rememberedIntent(remembered, self, intent.hold) : intent;
  const hold = holdOf(pin, known);
  if (known.kind === "unknown") {
    const target = { version: pin.version, config: undefined, routes: undefined };
    return { kind: "remembered", revision: 0, plan: undefined, mode: "enforce", state: NOTHING_DESIRED, target, digest: digestWith(pin, NOTHING_DESIRED, self), hold, local: { isCutOff } };
  }
  const own = { target: { ...known.target, version: pin.version }, digest: digestWith(pin, known.state, self), hold, local: { isCutOff } };
  return known.kind === "consul" ? { ...known, ...own, pacing: undefined } : { ...known, ...own };
}

function digestWith({ version }: LocalPin, state: DesiredState, { track }: Self): string {
  return digestForTrack({ ...state, pins: { ...state.pins, [track]: version } }, track);
}

function holdOf(pin: LocalPin, { hold }: Intent): HoldReason {
  const { at, by, insteadOf, reason, version } = pin;
  const why = reason === undefined ? "" : ` (${reason})`;
  const instead = insteadOf === undefined ? "what Consul pins isn't known" : `Consul's pin when last heard was ${insteadOf}`;
  const away = hold === undefined ? "" : `; besides: ${hold.message}`;
  return { code: LOCAL_PIN, message: `held to ${version} by ${by} on this host since ${at}${why}; ${instead}. It ends when Consul's pin of this track changes, or by "rollpin agent unpin --local" on this host${away}` };
}
