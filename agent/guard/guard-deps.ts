import type { Clock } from "../../core/clock.ts";
import type { StoreFault } from "../../core/model/fault.ts";
import type { GuardAction } from "../../core/model/guard-records.ts";
import type { Store } from "../../core/store/port.ts";
import type { Log } from "../log.ts";
import type { Finding } from "../../core/decide/guard/judge.ts";
import type { Sources } from "./sources.ts";

/** When to look again: at once, in a moment, or as the policy says. */
export type Next = "again" | "soon" | "rest";

/** What guarding one service takes. */
export interface GuardDeps {
  /** With the guard's token. */
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly service: string;
  readonly sources: Sources;
  /** As others see who guards. */
  readonly by: string;
  readonly session: () => string | undefined;
  /** Whether signals may hold a connection each to hear of news; else they are read at each look only. */
  readonly watches: boolean;
  readonly planSuffix: () => string;
  /** Something was found, and acted on or told. Must not wait. */
  readonly onAction: (action: GuardAction) => void;
  /** The same of one that was recorded before, and of which people may not have been told. Must not wait. */
  readonly retell: (action: GuardAction) => void;
  /** The newest action of which those that are to be told were; undefined where nobody is. */
  readonly told: (() => number) | undefined;
  /** A look began; for those who count. */
  readonly onLook: () => void;
  /** A version was judged. */
  readonly onVerdict: (verdict: Finding["kind"]) => void;
  readonly onFault: (fault: StoreFault) => void;
}
