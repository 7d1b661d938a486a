/** What rollpin says about the end, by the JSON that every verb prints with `-o json`. */
import * as z from "zod/mini";
import { type Result, err, ok } from "../../core/model/result.ts";
import { parseIsoTime } from "../../core/clock.ts";
import { BAD, type Facts } from "./facts.ts";
import type { RunRollpin } from "./rollpin.ts";

const statusSchema = z.object({ services: z.array(z.object({ tracks: z.array(z.object({ versions: z.array(z.object({ version: z.nullable(z.string()), instances: z.number() })) })) })) });
const historySchema = z.object({ revisions: z.array(z.object({ kind: z.string(), at: z.string() })) });
const releaseSchema = z.object({ release: z.object({ verdict: z.nullable(z.object({ verdict: z.string() })) }) });

export async function askRollpin(run: RunRollpin, service: string): Promise<Result<Pick<Facts, "committedAt" | "running" | "verdict">, string>> {
  const status = await askFor(run, ["status", service], statusSchema);
  if (!status.ok) return status;
  const history = await askFor(run, ["history", service], historySchema);
  if (!history.ok) return history;
  const release = await askFor(run, ["release", "show", service, BAD], releaseSchema);
  if (!release.ok) return release;
  const versions = status.value.services.flatMap(({ tracks }) => tracks.flatMap((track) => track.versions));
  // Newest first: of the two shifts it is the one back.
  const committed = (wanted: string): number | undefined => {
    const entry = history.value.revisions.find(({ kind }) => kind === wanted);
    return entry === undefined ? undefined : parseIsoTime(entry.at);
  };
  return ok({
    running: countByVersion(versions),
    committedAt: { back: committed("shift"), rollback: committed("rollback") },
    verdict: release.value.release.verdict?.verdict,
  });
}

/** Over all tracks. */
function countByVersion(versions: readonly { readonly version: string | null; readonly instances: number }[]): Facts["running"] {
  const running: Record<string, number> = {};
  for (const { instances, version } of versions) running[version ?? "nothing"] = (running[version ?? "nothing"] ?? 0) + instances;
  return running;
}

/** Runs it with `-o json`. A fault where it ends otherwise than well, or prints another shape than that. */
export async function askFor<T extends z.ZodMiniType>(run: RunRollpin, words: readonly string[], schema: T): Promise<Result<z.infer<T>, string>> {
  const ran = await run([...words, "-o", "json"]);
  if (ran.exit !== 0) return err(`${ran.typed} ended with exit ${ran.exit ?? "by a signal"}: ${ran.stderr.trim()}`);
  const parsed = z.safeParse(schema, JSON.parse(ran.stdout));
  return parsed.success ? ok(parsed.data) : err(`${ran.typed} printed another shape than documented: ${z.prettifyError(parsed.error)}`);
}
