import { type Result, err, ok } from "../core/model/result.ts";
import { type Failure, usage } from "./ending.ts";
import type { Session } from "./session.ts";

/** A new text from exactly one source: a file, stdin, or the command line. */
export async function readSource(session: Session, what: "config" | "policy" | "routes", file: string | undefined, text: string | undefined): Promise<Result<string, Failure>> {
  if ((file === undefined) === (text === undefined)) return err(usage(`name one source for the ${what}: a file, - for stdin, or --text <text>${what === "routes" ? "" : ", or --remove"}`));
  if (file === undefined) return ok(text ?? "");
  if (file === "-") return readStdin(session, what);
  const read = await session.world.readFile(file);
  return read.ok ? read : err(usage(read.fault));
}

/** What comes from stdin can't also be asked for a yes. */
async function readStdin({ signal, world }: Session, what: string): Promise<Result<string, Failure>> {
  if (world.stdin.isTerminal) return err(usage(`- reads the ${what} from stdin, which is a terminal: pipe it in, or name a file`));
  const text = await world.stdin.readAll(signal);
  if (signal.aborted) return err({ code: "interrupted", message: "stopped before anything was changed" });
  return text.ok ? text : err(usage(text.fault));
}
