import { HANDED_VARIABLE } from "./inherited-sockets.ts";
import type { ToPredecessor, ToSuccessor } from "./messages.ts";

/** The agent that started this one to take its place. */
export interface Predecessor {
  readonly pid: number;
  /** Says that this one could take over. False where the other went before it was this one's turn. */
  awaitTurn(): Promise<boolean>;
  /** What runs is held again: the other takes no more. */
  serving(): void;
  /** Resolves when it has ended. */
  readonly gone: Promise<void>;
}

/** Undefined where no agent started this one. */
export function findPredecessor(process: NodeJS.Process): Predecessor | undefined {
  if (process.env[HANDED_VARIABLE] === undefined || process.send === undefined) return undefined;
  const say = (message: ToPredecessor): void => void process.send?.(message, undefined, undefined, () => undefined);
  const gone = new Promise<void>((resolve) => process.once("disconnect", resolve));
  return {
    pid: process.ppid,
    gone,
    serving: () => say("serving"),
    awaitTurn() {
      const turn: ToSuccessor = "take-over";
      const told = new Promise<boolean>((resolve) => process.on("message", (message) => message === turn && resolve(true)));
      say("prepared");
      return Promise.race([told, gone.then(() => false)]);
    },
  };
}
