import type { ProcessIdentity } from "./kernel-facts.ts";
import type { Launch } from "./launch.ts";

/** How a process ended. Of one that is no child of this agent only the fact is known. */
export interface Exit {
  readonly code?: number | undefined;
  readonly signal?: string | undefined;
}

/** A process that was started by this agent, or found again. */
export interface Live extends ProcessIdentity {
  readonly launch: Launch;
  /** Resolves when its first process is gone; descendants may remain. */
  readonly exited: Promise<Exit>;
  /** Fires then, too. */
  readonly gone: AbortSignal;
  /** Undefined while it lives. */
  exit(): Exit | undefined;
}

export function describeExit({ code, signal }: Exit): string {
  if (signal !== undefined) return `was ended by ${signal}`;
  return code === undefined ? "exited" : `exited with code ${code}`;
}

export function createLive(launch: Launch, identity: ProcessIdentity, exited: Promise<Exit>): Live {
  let exit: Exit | undefined;
  const gone = new AbortController();
  const noted = exited.then((seen) => {
    exit = seen;
    gone.abort();
    return seen;
  });
  return { launch, pid: identity.pid, startTime: identity.startTime, exited: noted, gone: gone.signal, exit: () => exit };
}
