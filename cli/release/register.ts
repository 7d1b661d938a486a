import { isoTime } from "../../core/clock.ts";
import { describeIssue } from "../../core/model/parse-record.ts";
import { type Release, releaseSchema } from "../../core/model/records.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { lookAtNeeds } from "../../core/operations/look-at-needs.ts";
import { registerRelease } from "../../core/operations/register-release.ts";
import * as z from "zod/mini";
import { type Ending, type Failure, failed, failureOfStore, result, usage } from "../ending.ts";
import { registeredPrintable } from "../output/release.ts";
import type { Session } from "../session.ts";

export interface RegisterFlags {
  readonly file?: string;
  readonly artifact?: string;
  readonly digest?: string;
  readonly commit?: string;
}

export async function register(session: Session, service: string, version: string, flags: RegisterFlags): Promise<Ending> {
  const release = await readRelease(session, version, flags);
  if (!release.ok) return failed(release.fault);
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const { clock, by } = session.world;
  const registered = await registerRelease(store.value, service, release.value, { by, now: clock.now(), signal: session.signal });
  if (registered.ok) {
    const odd = await lookAtNeeds(store.value, service, release.value, session.signal);
    for (const sentence of odd) session.world.stderr.write(`warning: ${sentence}\n`);
    return result(registeredPrintable(service, release.value, registered.value, isoTime(clock.now())));
  }
  const { fault } = registered;
  return failed(fault.kind === "different" ? { code: "refused", check: "registered", service, message: fault.message } : failureOfStore(fault));
}

/** The file first, flags over it; the version on the command line is the one that counts, and a file that names another is refused. */
async function readRelease(session: Session, version: string, { file, ...flags }: RegisterFlags): Promise<Result<Release, Failure>> {
  const base = file === undefined ? ok({ version }) : await readReleaseFile(session, version, file);
  if (!base.ok) return base;
  const parsed = z.safeParse(releaseSchema, { ...base.value, ...pick(flags), version });
  return parsed.success ? ok(parsed.data) : err(usage(parsed.error.issues.map(describeIssue).join("; ")));
}

function pick({ artifact, digest, commit }: RegisterFlags): Partial<Release> {
  return { ...(artifact === undefined ? {} : { artifact }), ...(digest === undefined ? {} : { digest }), ...(commit === undefined ? {} : { commit }) };
}

async function readReleaseFile({ world, signal }: Session, version: string, file: string): Promise<Result<Release, Failure>> {
  const text = await (file === "-" ? world.stdin.readAll(signal) : world.readFile(file));
  if (!text.ok) return err(usage(text.fault));
  // With a YAML reader behind them, these are loaded only for a file.
  const { parseReleaseFile } = await import("../../core/config/parse-release-file.ts");
  const parsed = parseReleaseFile(text.value, file === "-" ? "stdin" : file);
  if (!parsed.ok) {
    const { renderConfigError } = await import("../../core/config/config-error.ts");
    return err(usage(parsed.fault.map(renderConfigError).join("\n")));
  }
  if (parsed.value.version === version) return ok(parsed.value);
  return err(usage(`${file} is about version ${parsed.value.version}, and ${version} was named: give the version that the file is about`));
}
