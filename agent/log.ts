/**
 * One JSON line per event on standard error, written at once and in this thread: the last line before a crash is there.
 */
import pino, { type DestinationStream } from "pino";
import { systemClock } from "../core/clock.ts";
import { createLogDestination } from "./log-destination.ts";
import { redact, redactText } from "./redact.ts";

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
    debug: (fields, message) => logger.debug(fields, redactText(message)),
    info: (fields, message) => logger.info(fields, redactText(message)),
    warn: (fields, message) => logger.warn(fields, redactText(message)),
    error: (fields, message) => logger.error(fields, redactText(message)),
    child: (fields) => asLog(logger.child(redact(fields) as Record<string, unknown>)),
  };
}
