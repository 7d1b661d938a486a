/** Longer lines are none of an audit log, and aren't kept in memory. */
export const LONGEST_LINE = 1024 * 1024;
const BREAK = 10;

/** A line without its end, or undefined for one that is too long; lines count from 1. */
export type OnLine = (line: string | undefined, number: number) => void;

/** Takes a file chunk by chunk. */
export interface LineSplitter {
  push(chunk: Buffer): void;
  /** What stands behind the last break is a line too. */
  end(): void;
}

export function splitLines(onLine: OnLine): LineSplitter {
  let [number, isTooLong] = [0, false];
  let rest: Buffer[] = [];
  let restBytes = 0;
  const end = (tail: Buffer): void => {
    number += 1;
    onLine(isTooLong ? undefined : Buffer.concat([...rest, tail]).toString("utf8"), number);
    [rest, restBytes, isTooLong] = [[], 0, false];
  };
  return {
    push(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(BREAK); at >= 0; at = chunk.indexOf(BREAK, from)) {
        end(chunk.subarray(from, at));
        from = at + 1;
      }
      restBytes += chunk.length - from;
      if (restBytes > LONGEST_LINE) [rest, isTooLong] = [[], true];
      else if (chunk.length > from) rest.push(chunk.subarray(from));
    },
    end() {
      if (restBytes > 0) end(Buffer.alloc(0));
    },
  };
}
