import type { Duplex } from "node:stream";
import { breakOff } from "./break-off.ts";

/** Each side's bytes go to the other at its pace, and its end, too; a broken side breaks the other. Resolves when both are closed. */
export function joinStreams(one: Duplex, other: Duplex): Promise<void> {
  one.pipe(other);
  other.pipe(one);
  return new Promise((resolve) => {
    let open = 2;
    const closed = (): void => {
      open -= 1;
      if (open === 0) resolve();
    };
    const tie = (from: Duplex, to: Duplex): void => {
      from.on("error", () => breakOff(to));
      from.once("close", () => {
        // Its end was passed on where it came; a close without one is a break.
        if (!from.readableEnded) breakOff(to);
        closed();
      });
    };
    tie(one, other);
    tie(other, one);
  });
}
