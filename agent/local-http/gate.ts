import { createHash, timingSafeEqual } from "node:crypto";
import type { Result } from "../../core/model/result.ts";
import type { Log } from "../log.ts";
import type { Refusal } from "./guard-request.ts";
import { readTokenFile } from "./token-file.ts";

/** Who may read more than whether agent and instance are well. */
export interface Gate {
  refusalOf(authorization: string | undefined): Promise<Refusal | undefined>;
}

/** Opened by the token in a file. Without a token that can be used, it stays shut for everyone, and the log says why. `door`: what it is the gate of. */
export async function createGate(tokenFile: string, log: Log, door = "local HTTP"): Promise<Gate> {
  const event = door.toLowerCase().replaceAll(" ", "-");
  let told: string | undefined;
  const read = async (): Promise<Result<string, string>> => {
    const token = await readTokenFile(tokenFile);
    const fault = token.ok ? undefined : token.fault;
    if (fault !== undefined && fault !== told) log.error({ event: `${event}-shut` }, `${fault}; ${door} lets nobody in until that is mended`);
    if (fault === undefined && told !== undefined) log.info({ event: `${event}-open` }, `the token file ${tokenFile} can be used again`);
    told = fault;
    return token;
  };
  await read();
  return {
    async refusalOf(authorization) {
      const token = await read();
      if (!token.ok) return { status: 503, message: "nobody is let in: this agent has no token that can be used, and its log says why" };
      const [, given = ""] = /^bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
      return isSame(given, token.value) ? undefined : { status: 401, message: "give this agent's token: Authorization: Bearer <token>" };
    },
  };
}

/** Takes as long whatever differs, the length too. */
function isSame(given: string, token: string): boolean {
  const [one, other] = [given, token].map((text) => createHash("sha256").update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}
