/** A real HAProxy or nginx for the demo and the tests. */
import type { Result } from "../../core/model/result.ts";
import { type PackagedWanted, obtainPackaged } from "./obtain-packaged.ts";

export type RouterProgram = "haproxy" | "nginx";

/** A file that can be run. The fault is one message for a person: what was tried, and what to do. */
export async function obtainRouter(program: RouterProgram, wanted: PackagedWanted): Promise<Result<string, string>> {
  return obtainPackaged({ package: program, file: new RegExp(`^${program}_`), folder: "usr/sbin", programs: [program] }, wanted);
}
