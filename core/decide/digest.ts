import { createHash } from "node:crypto";
import type { DesiredState } from "../model/desired.ts";

/**
 * Names a desired state: SHA-256, hex, of the RFC 8785 (JSON Canonicalization Scheme) form of its normalised values.
 * All values are strings in flat objects, so sorted keys and JSON.stringify's string escaping are that form.
 */
export function digestOf(state: DesiredState): string {
  const { pins, config, pace, routes } = state;
  return sha256(canonical({ config, pace, pins: canonicalPins(pins), routes }));
}

/** What one track's instances apply: their own pin and what all tracks share, so that a canary's pin is no change for `stable`. */
export function digestForTrack(state: DesiredState, track: string): string {
  const { config, routes } = state;
  return sha256(canonical({ config, pin: state.pins[track], routes }));
}

export function sha256(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

function canonicalPins(pins: DesiredState["pins"]): object {
  return Object.fromEntries(Object.keys(pins).sort().map((track) => [track, pins[track]]));
}

/** Keys of the argument must be given in sorted order; absent values are left out by JSON.stringify. */
function canonical(value: object): string {
  return JSON.stringify(value);
}
