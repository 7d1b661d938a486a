import { type ChildProcess, spawn } from "node:child_process";
import { systemClock } from "../../core/clock.ts";

export interface CheckCommand {
  readonly argv: readonly string[];
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

export type CheckEnd = { readonly kind: "passed" } | { readonly kind: "failed"; readonly why: string } | { readonly kind: "interrupted" };

/** Of what it prints, so much of the end is kept. */
const MOST_SAID = 2_000;
const LINES_SAID = 3;
/** How long what it printed is waited for once it ended. */
const OUTPUT_GRACE_MS = 200;

/** One command to its end, without a shell, in a group of its own: all of it is ended with it, or when its time is over. */
export async function runCheck({ argv, env, signal, timeoutMs }: CheckCommand): Promise<CheckEnd> {
  const [program = "", ...rest] = argv;
  if (signal.aborted) return { kind: "interrupted" };
  const child = spawn(program, rest, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const said = collect(child);
  const late = AbortSignal.timeout(timeoutMs);
  const stop = AbortSignal.any([signal, late]);
  stop.addEventListener("abort", () => endGroup(child), { once: true });
  const closed = new Promise((resolve) => child.once("close", resolve));
  const end = await new Promise<{ readonly code: number | null; readonly error?: Error }>((resolve) => {
    child.once("error", (error) => resolve({ code: null, error }));
    child.once("exit", (code) => resolve({ code }));
  });
  endGroup(child);
  // Whoever left the group may hold its output open for ever.
  await Promise.race([closed, systemClock.sleep(OUTPUT_GRACE_MS)]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (signal.aborted) return { kind: "interrupted" };
  if (end.error !== undefined) return { kind: "failed", why: `${program} can't be started: ${end.error.message}` };
  if (end.code === 0) return { kind: "passed" };
  return { kind: "failed", why: `${late.aborted ? `${program} took longer than ${timeoutMs} ms and was ended` : `${program} ended with ${end.code ?? "a signal"}`}${said()}` };
}

/** What it left behind too; a group that is gone already is as good. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function collect(child: ChildProcess): () => string {
  let text = "";
  const add = (chunk: Buffer): void => {
    text = (text + chunk.toString("utf8")).slice(-MOST_SAID);
  };
  child.stdout?.on("data", add);
  child.stderr?.on("data", add);
  return () => {
    const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "").slice(-LINES_SAID);
    return lines.length === 0 ? "" : `, saying last: ${lines.join(" | ")}`;
  };
}
