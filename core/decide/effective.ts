import { type DesiredKey, type DesiredState, NOTHING_DESIRED, type Part, isPinPart, partsOf, readPart, withPart } from "../model/desired.ts";
import { paceText, parsePace } from "../model/pace.ts";
import { NO_PIN, type Pin, parsePin, pinText } from "../model/pin.ts";
import { type Result, err, ok } from "../model/result.ts";
import { type RefusalCode, describeRefusedPart } from "./refused-part.ts";

/** A part that differs from what was accepted and can't be obeyed: what was obeyed before goes on. */
export interface RefusedPart {
  readonly part: Part;
  readonly code: RefusalCode;
  /** What the key holds (64 characters and a hash), why it can't be obeyed, what to do. */
  readonly message: string;
}

/** What of a desired reading can be obeyed. */
export interface EffectiveState {
  readonly state: DesiredState;
  readonly refused: readonly RefusedPart[];
  /** Parts that differ from accepted and are obeyed. */
  readonly flipped: readonly Part[];
  /** `condemned` where a flip used `!override`. */
  readonly overrides: readonly string[];
}

export interface EffectiveInput {
  readonly service: string;
  /** The store's prefix, for messages only. */
  readonly prefix: string;
  readonly accepted: DesiredState;
  /** What was obeyed last since then: a flip may have been good, and not be in history yet. Where nobody knows, what was accepted. */
  readonly obeyed?: DesiredState | undefined;
  readonly desired: readonly DesiredKey[];
  /** Asked only about versions that `versionsToLookUp` names. */
  isRegistered(version: string): boolean;
  isCondemned(version: string): boolean;
}

/**
 * Judges a desired reading part by part against what history accepted. A part that equals the accepted one is obeyed
 * without a look at releases or verdicts, so nothing restarts because of a verdict. One that can't be obeyed changes nothing.
 */
export function determineEffective(input: EffectiveInput): EffectiveState {
  const found = new Map(input.desired.map((key) => [key.part, key]));
  const parts = new Set<Part>([...partsOf(input.accepted), ...input.desired.map((key) => key.part)]);
  const { accepted, obeyed = accepted } = input;
  let state = accepted;
  const refused: RefusedPart[] = [];
  const flipped: Part[] = [];
  const overrides = new Set<string>();
  for (const part of parts) {
    const key = found.get(part);
    const judged = judgePart(part, key, input);
    if (!judged.ok) {
      refused.push({ part, code: judged.fault.code, message: describeRefusedPart(input, part, key, judged.fault) });
      state = withPart(state, part, readPart(obeyed, part));
    } else if (judged.value.text !== readPart(input.accepted, part)) {
      state = withPart(state, part, judged.value.text);
      flipped.push(part);
      if (judged.value.overridden) overrides.add("condemned");
    }
  }
  return { state, refused, flipped, overrides: [...overrides] };
}

/** The raw desired keys in their normal form where all of it can be read, for the quick comparison with the head's digest. */
export function normalisedState(desired: readonly DesiredKey[]): DesiredState | undefined {
  let state = NOTHING_DESIRED;
  for (const key of desired) {
    const normal = normalisePart(key);
    if (!normal.ok) return undefined;
    state = withPart(state, key.part, normal.value.text);
  }
  return state;
}

/** Versions named by pins that differ from the accepted ones: what must be looked up in releases and verdicts. */
export function versionsToLookUp(accepted: DesiredState, desired: readonly DesiredKey[]): readonly string[] {
  const versions = desired.flatMap((key) => {
    const normal = isPinPart(key.part) ? normalisePart(key) : undefined;
    if (normal?.ok !== true || normal.value.text === readPart(accepted, key.part)) return [];
    return normal.value.text === NO_PIN ? [] : [normal.value.text];
  });
  return [...new Set(versions)];
}

interface Refused {
  readonly code: RefusalCode;
  readonly why: string;
}

interface Judged {
  readonly text: string;
  readonly overridden: boolean;
}

function judgePart(part: Part, key: DesiredKey | undefined, input: EffectiveInput): Result<Judged, Refused> {
  if (key === undefined) return err({ code: "vanished", why: "it is gone, and a missing key is never taken for a change" });
  const normal = normalisePart(key);
  if (!normal.ok) return normal;
  const { text, pin } = normal.value;
  if (key.fault !== undefined && text !== readPart(input.accepted, part)) return err({ code: "malformed", why: key.fault });
  if (pin?.kind !== "version" || text === readPart(input.accepted, part)) return ok({ text, overridden: false });
  if (!input.isRegistered(text)) return err({ code: "unregistered", why: `${text} is not a registered release of ${input.service}` });
  const condemned = input.isCondemned(text);
  if (condemned && !pin.override) return err({ code: "condemned", why: `${text} is condemned` });
  return ok({ text, overridden: condemned });
}

function normalisePart(key: DesiredKey): Result<{ text: string; pin?: Pin }, Refused> {
  if (key.text === undefined) return err({ code: "not-text", why: "it is no UTF-8 text" });
  if (key.part === "config" || key.part === "routes") return ok({ text: key.text });
  if (key.text.length > LONGEST) return err({ code: "too-long", why: `it is ${key.text.length} characters long` });
  if (key.part === "pace") return normalisePace(key.text);
  const pin = parsePin(key.text);
  return pin.ok ? ok({ text: pinText(pin.value), pin: pin.value }) : err({ code: "malformed", why: pin.fault });
}

/** Pins and paces are short; what is longer is somebody's mistake, and isn't looked at. */
const LONGEST = 512;

function normalisePace(raw: string): Result<{ text: string }, Refused> {
  const pace = parsePace(raw);
  return pace.ok ? ok({ text: paceText(pace.value) }) : err({ code: "malformed", why: pace.fault });
}
