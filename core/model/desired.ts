import { STABLE, parseTrack } from "./names.ts";

/**
 * The desired state of one service in its normal form: what was accepted, what history records, what digests name.
 * A part that was never set is absent. Pins are by track, each a version or `none`.
 */
export interface DesiredState {
  readonly pins: Readonly<Record<string, string>>;
  readonly config?: string | undefined;
  readonly routes?: string | undefined;
  readonly pace?: string | undefined;
}

export const NOTHING_DESIRED: DesiredState = { pins: {} };

/** A part of desired state, as its key under `desired/<service>/` is called: `pin`, `pin.<track>`, `config`, `routes`, `pace`. */
export type Part = "config" | "routes" | "pace" | "pin" | `pin.${string}`;

/** What stands under `desired/<service>/` besides the head, unjudged. `text` is undefined where the bytes are no UTF-8. */
export interface DesiredKey {
  readonly part: Part;
  readonly text: string | undefined;
  /** SHA-256 of the bytes, hex: how a value that can't be shown is named. */
  readonly hash: string;
  readonly bytes: number;
  readonly modifyIndex: number;
  /** Of a routing document: what is wrong with it. Looked for only where it isn't the accepted one (core/operations/judge-routes.ts). */
  readonly fault?: string | undefined;
}

/** The value of one part, undefined where it is not set. */
export function readPart(state: DesiredState, part: Part): string | undefined {
  return isPinPart(part) ? pinOf(state, trackOfPart(part)) : state[part];
}

/** The pin of a track, undefined where none is set. A track may be called `constructor`, so only own properties count. */
export function pinOf(state: DesiredState, track: string): string | undefined {
  return Object.hasOwn(state.pins, track) ? state.pins[track] : undefined;
}

/** The same state with one part set, or removed where `value` is undefined. */
export function withPart(state: DesiredState, part: Part, value: string | undefined): DesiredState {
  if (part === "config" || part === "routes" || part === "pace") {
    const { [part]: _, ...rest } = state;
    return value === undefined ? rest : { ...rest, [part]: value };
  }
  const { [trackOfPart(part)]: _, ...others } = state.pins;
  return { ...state, pins: value === undefined ? others : { ...others, [trackOfPart(part)]: value } };
}

/** Every part that is set in at least one of the states, in a fixed order: pins by track, then config, routes, pace. */
export function partsOf(...states: readonly DesiredState[]): readonly Part[] {
  const tracks = new Set(states.flatMap((state) => Object.keys(state.pins)));
  const pins = [...tracks].sort().map(partOfTrack);
  const rest = (["config", "routes", "pace"] as const).filter((part) => states.some((state) => state[part] !== undefined));
  return [...pins, ...rest];
}

/** The pin key of a track: `pin` for `stable`, else `pin.<track>`. */
export function partOfTrack(track: string): Part {
  return track === "stable" ? "pin" : `pin.${track}`;
}

export function trackOfPart(part: "pin" | `pin.${string}`): string {
  return part === "pin" ? "stable" : part.slice("pin.".length);
}

export function isPinPart(part: Part): part is "pin" | `pin.${string}` {
  return part === "pin" || part.startsWith("pin.");
}

/** The parts in which two states differ. */
export function changedParts(before: DesiredState, after: DesiredState): readonly Part[] {
  return partsOf(before, after).filter((part) => readPart(before, part) !== readPart(after, part));
}

/** `pin.stable` is no part: the key of that track is `pin`, and two keys for one pin would have to be reconciled. */
export function parsePart(name: string): Part | undefined {
  if (name === "config" || name === "routes" || name === "pace" || name === "pin") return name;
  if (!name.startsWith("pin.")) return undefined;
  const track = name.slice("pin.".length);
  return track !== STABLE && parseTrack(track).ok ? `pin.${track}` : undefined;
}
