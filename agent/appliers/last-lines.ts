/** The newest output of a process, bounded however much it prints. */
const MOST_BYTES = 4096;
const MOST_LINES = 10;

export interface LastLines {
  add(chunk: Uint8Array): void;
  lines(): readonly string[];
  /** To follow a sentence: `; it printed last: ...`, empty where it printed nothing. */
  asSuffix(): string;
}

export function keepLastLines(): LastLines {
  let kept: Buffer = Buffer.alloc(0);
  const lines = (): readonly string[] => {
    const text = kept.toString("utf8").replaceAll(UNPRINTABLE, "");
    return text.split(/\r?\n/).filter((line) => line.trim() !== "").slice(-MOST_LINES);
  };
  return {
    add: (chunk) => {
      const newest = Buffer.concat([kept, chunk.length > MOST_BYTES ? chunk.subarray(-MOST_BYTES) : chunk]);
      kept = newest.length > MOST_BYTES ? Buffer.from(newest.subarray(-MOST_BYTES)) : newest;
    },
    lines,
    asSuffix: () => {
      const last = lines();
      return last.length === 0 ? "" : `; it printed last: ${last.join(" | ")}`;
    },
  };
}

/** Everything that could move a terminal's cursor, line ends excepted. */
// oxlint-disable-next-line no-control-regex -- these are the characters it is about
const UNPRINTABLE = /\u001B\[[0-9;]*[A-Za-z]|[\u0000-\u0009\u000B\u000C\u000E-\u001F\u007F]/g;
