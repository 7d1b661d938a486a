import { open, stat } from "node:fs/promises";

/** How many lines there were of each kind since it was looked at last. */
export interface LogCount {
  /** `10.0.0.5:8001`, `[fd00::5]:8001`; undefined: no instance answered. */
  readonly authority: string | undefined;
  readonly status: number;
  readonly times: number;
}

/** A log that the router writes, a line `<address>:<port> <status>` for each request; whoever rotates it does as with any other. */
export interface LogFollower {
  read(): Promise<readonly LogCount[]>;
}

/** What grew by more between two looks is read from its newest part on. */
const MOST_BYTES = 8 * 1024 * 1024;
/** Where a request was tried at several instances, the last of them answered: nginx writes all, with commas or colons between. */
const LINE = /^(?:.*[,:] )?(-|\S+:\d{1,5}) (\d{3})$/;

/** What stands there at the first look isn't counted: it was before. */
export function followLog(path: string): LogFollower {
  let place: { readonly file: bigint; readonly at: number } | undefined;
  let isFirst = true;
  return {
    async read() {
      const found = await stat(path, { bigint: true }).catch(() => undefined);
      const [former, first] = [place, isFirst];
      isFirst = false;
      if (found === undefined) {
        place = undefined;
        return [];
      }
      const size = Number(found.size);
      // Another file, or one that was cut: all of it is new.
      const goesOn = former !== undefined && former.file === found.ino && former.at <= size;
      const from = first ? size : Math.max(goesOn ? former.at : 0, size - MOST_BYTES);
      const text = await readPart(path, from, size);
      const end = text.lastIndexOf("\n") + 1;
      place = { file: found.ino, at: from + Buffer.byteLength(text.slice(0, end), "latin1") };
      return countLines(text.slice(0, end));
    },
  };
}

async function readPart(path: string, from: number, to: number): Promise<string> {
  if (to <= from) return "";
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return "";
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(to - from), position: from });
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Lines that aren't of that form, as the rest of one that was cut, count for nothing. */
function countLines(text: string): readonly LogCount[] {
  const counts = new Map<string, LogCount>();
  for (const line of text.split("\n")) {
    const [, authority, status] = LINE.exec(line) ?? [];
    if (authority === undefined) continue;
    const key = `${authority} ${status}`;
    counts.set(key, { authority: authority === "-" ? undefined : authority, status: Number(status), times: (counts.get(key)?.times ?? 0) + 1 });
  }
  return [...counts.values()];
}
