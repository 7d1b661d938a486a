import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** By a reset, not by an end: what was cut must not look whole. */
export function breakOff(stream: Duplex): void {
  if (stream instanceof Socket && !stream.destroyed && !stream.connecting) stream.resetAndDestroy();
  else stream.destroy();
}
