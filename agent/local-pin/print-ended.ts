import { EXIT } from "../exit.ts";
import type { LocalPinArguments } from "./arguments.ts";
import type { Ended } from "./command.ts";

/** What goes to which stream: results to standard output, failures to standard error. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

const toStdout = (text: string): Printed => ({ stdout: `${text}\n`, stderr: "" });
const toStderr = (text: string): Printed => ({ stdout: "", stderr: `${text}\n` });

/** For people a sentence; for programs the value that docs/reference/output.md describes, wherever something came of it. */
export function printEnded({ code, outcome, text }: Ended, args: Pick<LocalPinArguments, "output" | "verb"> & { readonly version?: string }, instance: string): Printed {
  if (args.output === "table") return code === EXIT.done ? toStdout(text) : toStderr(text);
  if (outcome === undefined) return printError(code, text);
  return toStdout(json({ kind: "local-pin", verb: args.verb, instance, version: args.version, outcome, message: text }));
}

const CODES: Readonly<Record<number, string>> = { [EXIT.usage]: "usage", [EXIT.refused]: "refused" };

/** Nothing was changed. */
export function printError(exit: number, message: string): Printed {
  return toStderr(json({ kind: "error", error: { code: CODES[exit] ?? "fault", exit, message } }));
}

function json({ kind, ...rest }: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ kind, apiVersion: "rollpin/v1", ...rest });
}
