import { hash } from "node:crypto";
import { type DesiredState, pinOf } from "../model/desired.ts";

/** Names a desired state: SHA-256, hex, of the RFC 8785 form of its normalised values. */
export function digestOf({ pins, config, pace, routes }: DesiredState): string {
  return sha256(canonical({ config, pace, pins, routes }));
}

/** What one track's instances apply: their own pin and what all tracks share, so that a canary's pin is no change for `stable`. */
export function digestForTrack(state: DesiredState, track: string): string {
  const { config, routes } = state;
  return sha256(canonical({ config, pin: pinOf(state, track), routes }));
}

export function sha256(text: string | Uint8Array): string {
  return hash("sha256", text);
}

/** What JSON can say; absent members are left out. */
export type Canonical = string | number | boolean | null | undefined | readonly Canonical[] | { readonly [key: string]: Canonical };

/**
 * The RFC 8785 (JSON Canonicalization Scheme) form. Members are sorted by UTF-16 code units, as `sort` does. They are
 * written one by one, because an object of its own accord moves keys that look like integers (a track called `10`) to
 * the front. JSON.stringify's numbers and string escapes are the scheme's own.
 */
export function canonical(value: Canonical): string {
  if (Array.isArray(value)) return `[${value.map((item: Canonical) => canonical(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  let members = "";
  for (const key of Object.keys(value).sort()) {
    const member = (value as { readonly [key: string]: Canonical })[key];
    if (member !== undefined) members += `${members === "" ? "" : ","}${JSON.stringify(key)}:${canonical(member)}`;
  }
  return `{${members}}`;
}
