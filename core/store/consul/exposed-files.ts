import { stat } from "node:fs/promises";
import { isOpenToOthers, modeText } from "../../model/file-mode.ts";
import type { ConsulSettings } from "./settings.ts";

/** A sentence for each file with a secret in it that others can read or replace. They are used all the same: Consul's own programs do. */
export async function findExposedFiles({ tls, tokenFile }: Pick<ConsulSettings, "tls" | "tokenFile">): Promise<readonly string[]> {
  const found = await Promise.all([sentenceFor("Consul token file", tokenFile), sentenceFor("client key", tls.keyFile)]);
  return found.flat();
}

/** Nothing for what isn't there: whoever reads it says so. */
async function sentenceFor(what: string, path: string | undefined): Promise<readonly string[]> {
  const mode = path === undefined ? undefined : await stat(path).then((found) => found.mode, () => undefined);
  if (path === undefined || mode === undefined || !isOpenToOthers(mode)) return [];
  return [`the ${what} ${path} can be read or written by others (mode ${modeText(mode)}): run "chmod 0600 ${path}", or 0640 where its group reads it too`];
}
