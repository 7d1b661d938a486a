/** The token that local HTTP asks for. Read anew for each request, so that a token that was replaced or removed counts at once. */
import type { Stats } from "node:fs";
import { isOpenToOthers, modeText } from "../../core/model/file-mode.ts";
import { messageOf } from "../../core/model/message-of.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { readPlainFile } from "../files/plain-file.ts";

const MOST_BYTES = 4096;
const FEWEST_CHARACTERS = 16;

/** Trimmed. The fault is a sentence without the token in it. */
export async function readTokenFile(path: string): Promise<Result<string, string>> {
  try {
    return await readPlainFile(path, async (file, found) => {
      const unfit = reasonAgainst(found);
      return unfit === undefined ? parseToken(await file.readFile("latin1"), path) : err(`the token file ${path} ${unfit}`);
    });
  } catch (error) {
    return err(`the token file ${path} can't be read: ${messageOf(error)}`);
  }
}

function reasonAgainst(found: Stats): string | undefined {
  if (!found.isFile()) return "is no file";
  if (isOpenToOthers(found.mode)) return `can be read or written by others (mode ${modeText(found.mode)}): set it to 0600, or 0640`;
  return found.size > MOST_BYTES ? `has ${found.size} bytes; a token has at most ${MOST_BYTES}` : undefined;
}

function parseToken(text: string, path: string): Result<string, string> {
  const token = text.trim();
  if (token === "") return err(`the token file ${path} is empty`);
  if (!/^[\x21-\x7e]+$/.test(token)) return err(`the token file ${path} holds more than a token: white space or characters outside ASCII`);
  return token.length < FEWEST_CHARACTERS ? err(`the token in ${path} is too short: at least ${FEWEST_CHARACTERS} characters, such as \`openssl rand -hex 32\` gives`) : ok(token);
}
