import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Result, ok } from "../../core/model/result.ts";
import { replaceFile } from "./process-record.ts";

/** The service's settings as its process reads them (ROLLPIN_CONFIG_FILE). One file per launch, so that the old process keeps its own. */
export const configPath = (folder: string, token: string): string => join(folder, "config", token);

/** Undefined removes it. The fault names the file. */
export async function writeConfig(folder: string, token: string, text: string | undefined): Promise<Result<void, string>> {
  const path = configPath(folder, token);
  if (text !== undefined) return replaceFile(path, text);
  await rm(path, { force: true }).catch(() => undefined);
  return ok(undefined);
}

export async function readConfig(folder: string, token: string): Promise<string | undefined> {
  return readFile(configPath(folder, token), "utf8").catch(() => undefined);
}
