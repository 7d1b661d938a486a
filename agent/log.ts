/**
 * One JSON line per event on standard error, written at once and in this thread: the last line before a crash is there.
 */
import pino, { type DestinationStream } from "pino";
import { systemClock } from "../core/clock.ts";
import { createLogDestination } from "./log-destination.ts";

/** What the rest of the agent knows of a log: `log.info({ revision: 7 }, "applied")`. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** The same log with fields that every line carries. */
  child(fields: object): Log;
}

export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  /** On every line, such as service and instance. */
  readonly base: Readonly<Record<string, string>>;
  /** Standard error where absent. */
  readonly destination?: DestinationStream | undefined;
}

export function createLogger(options: LogOptions): Log {
  const destination = options.destination ?? createLogDestination(systemClock);
  const logger = pino(
    {
      level: options.level,
      base: options.base,
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: "message",
      formatters: { level: (label) => ({ level: label }), log: (fields) => redact(fields) as Record<string, unknown> },
    },
    destination,
  );
  return asLog(logger);
}

function asLog(logger: pino.Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => asLog(logger.child(redact(fields) as Record<string, unknown>)),
  };
}

const REDACTED = "[redacted]";
const SECRET_NAME = /token|secret|passw|passphrase|authorization|credential|cookie|api[-_]?key|private[-_]?key|^auth$|_auth$/i;
/** Secrets inside sentences: what an HTTP client's error may quote, and URLs with a password. */
const SECRET_TEXT: readonly (readonly [RegExp, string])[] = [
  [/(x-consul-token|authorization)(["']?\s*[:=]\s*["']?)(?:(?:bearer|basic)\s+)?[^\s"',;]+/gi, `$1$2${REDACTED}`],
  [/([?&]token=)[^&\s"']+/gi, `$1${REDACTED}`],
  [/\b(CONSUL_HTTP_TOKEN|CONSUL_HTTP_AUTH)=\S+/g, `$1=${REDACTED}`],
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
  return SECRET_NAME.test(name) && !plain ? REDACTED : redact(value, depth + 1);
}

function redactText(text: string): string {
  return SECRET_TEXT.reduce((kept, [pattern, replacement]) => kept.replace(pattern, replacement), text);
}
