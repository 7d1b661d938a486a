/** Schemas of values that several blocks of the agent's file have. */
import * as z from "zod/mini";
import { durationWithin, parseDuration, parsePercentage, parsedBy } from "./values.ts";

const DURATION_EXPECTED = 'needs a duration: a number and ms, s, m, h or d, such as "10s"';
const DAY = 86_400_000;

export const duration = parsedBy(parseDuration, DURATION_EXPECTED);

/** From `least` milliseconds to a day; undefined where it isn't given. */
export const perhapsWithin = (least: number) => z.optional(parsedBy(durationWithin(least, DAY), DURATION_EXPECTED));

/** The same; `otherwise` where it isn't given. */
export const within = (least: number, otherwise: number) => z._default(perhapsWithin(least), otherwise);

/** `30%` is 0.3. */
export const percentage = parsedBy(parsePercentage, 'needs a percentage in quotes or bare, such as 30%');

/** An argv: a program and its arguments, never a shell string. */
export const argv = z.array(z.string()).check(z.minLength(1, { error: "needs at least the program to run" }));
