/** Value grammars that the agent's file and the CLI's flags share. */
import * as z from "zod/mini";
import { type Result, err, ok } from "../model/result.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** `250ms`, `10s`, `1.5m`, `2h`, `1d`; milliseconds. A bare number is refused, since nobody knows its unit. */
export function parseDuration(text: string): Result<number, string> {
  const match = DURATION.exec(text);
  const [, amount, unit] = match ?? [];
  if (amount === undefined || unit === undefined) return err(`${JSON.stringify(text)} is not a duration: write a number and ms, s, m, h or d, such as "10s"`);
  return ok(Math.round(Number(amount) * (UNITS[unit] ?? 1)));
}

/** A schema from a parser whose fault is a sentence. */
export function parsedBy<T>(parse: (text: string) => Result<T, string>) {
  return z.pipe(
    z.string(),
    z.transform((text, context): T => {
      const parsed = parse(text);
      if (parsed.ok) return parsed.value;
      context.issues.push({ code: "custom", message: parsed.fault, input: text });
      return z.NEVER;
    }),
  );
}
