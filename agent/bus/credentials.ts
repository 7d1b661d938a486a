/** Who the agent is to the bus. Read anew for each connection, so that what was replaced counts with the next one. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { BusSettings } from "../../core/config/bus-settings.ts";

export interface Credentials {
  readonly user: string | undefined;
  /** Without a user: a token. */
  readonly password: string;
}

export interface Access {
  readonly credentials: Credentials | undefined;
  /** PEM. */
  readonly ca: string | undefined;
}

/** Throws what the file system throws. */
export async function readAccess({ caFile, credentialsFile }: BusSettings, folder: string): Promise<Access> {
  const read = async (path: string | undefined): Promise<string | undefined> => (path === undefined ? undefined : readFile(resolve(folder, path), "utf8"));
  const [text, ca] = await Promise.all([read(credentialsFile), read(caFile)]);
  return { credentials: text === undefined ? undefined : parseCredentials(text.trim()), ca };
}

function parseCredentials(text: string): Credentials {
  const colon = text.indexOf(":");
  return colon < 0 ? { user: undefined, password: text } : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
