import { parseVersion, quoteForPerson } from "./names.ts";
import { type Result, err, ok } from "./result.ts";

/** What a pin key says, once its white space is trimmed. */
export type Pin =
  | { readonly kind: "none" }
  | { readonly kind: "version"; readonly version: string; readonly override: boolean };

const LONGEST_PIN = 512;

/**
 * Reads a pin as a person or a plan wrote it: a version, `none`, or a version and `!override`. White space around is
 * trimmed; nothing else is forgiven. The error is a sentence for `status`.
 */
export function parsePin(text: string): Result<Pin, string> {
  if (text.length > LONGEST_PIN) return err(`it is ${text.length} characters long`);
  const words = text.trim().split(/\s+/);
  const [first = "", second] = words;
  if (first === "") return err("it is empty; write a version, or `none` to unpin");
  if (words.length > 2 || (second !== undefined && second !== "!override")) {
    return err(`${quoteForPerson(text.trim())} is more than one word; write a version, or a version and "!override"`);
  }
  if (first === "none") return second === undefined ? ok({ kind: "none" }) : err('"none" takes no "!override"');
  const version = parseVersion(first);
  return version.ok ? ok({ kind: "version", version: version.value, override: second !== undefined }) : version;
}

/** The normal form of a pin: what digests and history hold. An override is a permission, not a state, so it is left out. */
export function pinText(pin: Pin): string {
  return pin.kind === "none" ? NO_PIN : pin.version;
}

/** Unpinned on purpose: run what the agent's local file says. */
export const NO_PIN = "none";
