/** Keeps secrets out of what leaves this process: logs, records, local HTTP. */
import { isSecretName } from "../core/model/secret-names.ts";

const REDACTED = "[redacted]";
/** Secrets inside sentences: what an HTTP client's error may quote, URLs with a password, and what `env` prints. */
const SECRET_TEXT: readonly (readonly [RegExp, string])[] = [
  [/(x-consul-token|authorization)(["']?\s*[:=]\s*["']?)(?:(?:bearer|basic)\s+)?[^\s"',;]+/gi, `$1$2${REDACTED}`],
  [/([?&]token=)[^&\s"']+/gi, `$1${REDACTED}`],
  [/\b(\w*(?:TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|API_?KEY|PRIVATE_?KEY|_AUTH)\w*)=[^\s|]+/gi, `$1=${REDACTED}`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+@/gi, `$1${REDACTED}@`],
];
const DEEPEST = 6;

/** A copy in which no value stands whose name, or whose text, gives a secret away. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return { type: value.name, message: redactText(value.message), stack: redactText(value.stack ?? "") };
  if (depth >= DEEPEST) return "[deeper]";
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redactNamed(name, inner, depth)]));
}

function redactNamed(name: string, value: unknown, depth: number): unknown {
  const plain = value === undefined || value === null || typeof value === "boolean";
  return isSecretName(name) && !plain ? REDACTED : redact(value, depth + 1);
}

export function redactText(text: string): string {
  return SECRET_TEXT.reduce((kept, [pattern, replacement]) => kept.replace(pattern, replacement), text);
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Shorter values are words that stand everywhere. */
const SHORTEST = 6;

/** What a program printed that was given these variables: without the values of those that are secrets by their names. */
export function redactPrinted(text: string, ...given: readonly Environment[]): string {
  const values = given.flatMap((environment) => Object.entries(environment).flatMap(([name, value]) => (isSecretName(name) && value !== undefined && value.length >= SHORTEST ? [value] : [])));
  return redactText(values.sort((a, b) => b.length - a.length).reduce((kept, value) => kept.replaceAll(value, REDACTED), text));
}
