import { type DesiredKey, type DesiredState, type Part, isPinPart, readPart, trackOfPart } from "../model/desired.ts";
import { STABLE, quoteForPerson } from "../model/names.ts";

export type RefusalCode = "vanished" | "not-text" | "malformed" | "unregistered" | "condemned" | "too-long";

interface Where {
  readonly service: string;
  readonly prefix: string;
  readonly accepted: DesiredState;
  readonly obeyed?: DesiredState | undefined;
}

/** Three sentences for `status`: what the key holds and why it can't be obeyed, what goes on, what to do. */
export function describeRefusedPart(where: Where, part: Part, key: DesiredKey | undefined, refused: { code: RefusalCode; why: string }): string {
  const name = [where.prefix, "desired", where.service, part].filter((segment) => segment !== "").join("/");
  const holds = key === undefined ? "" : ` holds ${describeContent(key)}`;
  return `${name}${holds}: ${refused.why}. ${describeWhatGoesOn(where, part)} ${adviseOn(where.service, part, key, refused.code)}`;
}

/** At most 64 characters and a hash, so that a 512 KB pin or a binary one can be told apart and found. */
function describeContent(key: DesiredKey): string {
  const hash = `sha256 ${key.hash.slice(0, 12)}`;
  return key.text === undefined ? `${key.bytes} bytes that are no text (${hash})` : `${quoteForPerson(key.text)} (${hash})`;
}

function describeWhatGoesOn({ accepted, obeyed = accepted }: Where, part: Part): string {
  const value = readPart(obeyed, part);
  if (value !== readPart(accepted, part)) return `What stood there before it was obeyed and isn't in history yet: ${value === undefined ? `no ${part}` : isPinPart(part) ? value : `that ${part}`} goes on.`;
  if (value === undefined) return `No ${part} was accepted before, so it is ignored.`;
  if (isPinPart(part)) return `The accepted ${value} goes on.`;
  return part === "routes" ? "The accepted routes go on." : `The accepted ${part} goes on.`;
}

function adviseOn(service: string, part: Part, key: DesiredKey | undefined, code: RefusalCode): string {
  if (part === "pace") return `Write it again with "rollpin pace ${service} <pace>".`;
  const restore = `"rollpin rollback ${service}${isPinPart(part) ? trackFlag(part) : ` --only ${part}`}" puts the accepted state back.`;
  const version = quoteVersion(key);
  switch (code) {
    case "unregistered":
      return `Register it with "rollpin release register ${service} ${version}"; ${restore}`;
    case "condemned":
      return `"rollpin release show ${service} ${version}" says why; write "${version} !override" to run it all the same; ${restore}`;
    case "vanished":
      if (part === "routes") return `To go without, run "rollpin route clear ${service}"; ${restore}`;
      return isPinPart(part) ? `To unpin, run "rollpin unpin ${service}${trackFlag(part)}"; ${restore}` : restore;
    case "not-text":
    case "malformed":
    case "too-long":
      return `Write it again, or: ${restore}`;
  }
}

function quoteVersion(key: DesiredKey | undefined): string {
  return key?.text?.trim().split(/\s+/)[0] ?? "";
}

function trackFlag(part: "pin" | `pin.${string}`): string {
  const track = trackOfPart(part);
  return track === STABLE ? "" : ` --track ${track}`;
}
