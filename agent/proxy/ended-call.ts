import type { IncomingMessage } from "node:http";
import type { Upstream } from "./upstream.ts";

/** A request that is over, for whoever writes down calls. Made only where somebody does. */
export interface EndedCall {
  readonly request: IncomingMessage;
  /** Who answered, or was asked last; undefined: nobody took it. */
  readonly upstream: Upstream | undefined;
  /** Undefined: the client went before an answer had begun. */
  readonly status: number | undefined;
  /** Why the agent itself answered. */
  readonly error?: string | undefined;
  /** Monotonic milliseconds: when its head was there, and when the answer began or all was over. */
  readonly begun: number;
  readonly ended: number;
}

export type CallSink = (call: EndedCall) => void;

/** Who writes calls down now; undefined: nobody. Asked for each request. */
export type KeepsCalls = () => CallSink | undefined;

export const NOBODY_KEEPS: KeepsCalls = () => undefined;
