/** Whose word somebody else's server takes. Read anew for each request, so that a token that was replaced counts with the next one. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

/** No header where no file is named. `folder`: of the agent's file. Throws what the file system throws. */
export async function bearerOf(tokenFile: string | undefined, folder: string): Promise<{ readonly Authorization?: string }> {
  return tokenFile === undefined ? {} : { Authorization: `Bearer ${(await readFile(resolve(folder, tokenFile), "latin1")).trim()}` };
}
