import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { AgentFile } from "../core/config/agent-file.ts";
import { renderConfigError } from "../core/config/config-error.ts";
import { messageOf } from "../core/model/message-of.ts";
import { type Result, err, ok } from "../core/model/result.ts";

export interface LoadedFile {
  readonly file: AgentFile;
  readonly path: string;
  /** Relative paths in the file are relative to this. */
  readonly folder: string;
  /** Where the agent keeps what must outlive it. */
  readonly stateFolder: string;
  /** As it was read, so that a reload can tell whether anything changed. */
  readonly text: string;
}

/** Reads the agent's file. The fault has every problem, each with its place. */
export async function loadAgentFile(path: string): Promise<Result<LoadedFile, readonly string[]>> {
  const absolute = resolve(path);
  let text: string;
  try {
    text = await readFile(absolute, "utf8");
  } catch (error) {
    return err([`${path} can't be read: ${messageOf(error)}; name the agent's file with -c`]);
  }
  const { parseAgentFile } = await import("../core/config/parse-agent-file.ts");
  const parsed = parseAgentFile(text, basename(path));
  return parsed.ok ? ok({ file: parsed.value, path: absolute, folder: dirname(absolute), stateFolder: resolve(dirname(absolute), parsed.value.state), text }) : err(parsed.fault.map(renderConfigError));
}
