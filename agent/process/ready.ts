import { type Result, err, ok } from "../../core/model/result.ts";
import { firstOf } from "./first-signal.ts";
import type { Ground } from "./ground.ts";
import { resolveInvocation } from "./launch.ts";
import type { Live } from "./live.ts";
import { findPortOwner } from "./port-owner.ts";
import { type Asked, type Door, askAtDoor, askCommand } from "./probe.ts";
import { environmentFor } from "./start.ts";

export type NotReady = { readonly kind: "superseded" } | { readonly kind: "exited" } | { readonly kind: "late"; readonly why: string };

/** One answer may take this long; even the last one gets some time, so that it says something about the service. */
const ASK_MS = 5_000;
const LAST_ASK_MS = 250;
/** The first looks come quickly: most services are up within a fraction of `readyInterval`. */
const FIRST_PAUSE_MS = 10;

/** Waits until the process answers as `ready` says, on a socket that is its own. The first reason to stop wins. */
export async function waitReady(live: Live, ground: Ground, limitMs: number, signal: AbortSignal): Promise<Result<void, NotReady>> {
  const { clock, settings } = ground.deps;
  const deadline = clock.monotonic() + limitMs;
  const over = firstOf(live.gone, signal);
  try {
    for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
      const why = await askWithin(live, ground, Math.min(ASK_MS, Math.max(LAST_ASK_MS, deadline - clock.monotonic())), over.signal);
      if (signal.aborted) return err({ kind: "superseded" });
      if (live.exit() !== undefined) return err({ kind: "exited" });
      if (why === undefined) return ok(undefined);
      if (clock.monotonic() >= deadline) return err({ kind: "late", why });
      await clock.sleep(Math.min(pause, settings.readyInterval), over.signal);
    }
  } finally {
    over.release();
  }
}

/** Must live on for `ms`, and then still be ready. */
export async function waitSettled(live: Live, ground: Ground, ms: number, signal: AbortSignal): Promise<Result<void, NotReady>> {
  if (ms === 0) return ok(undefined);
  const over = firstOf(live.gone, signal);
  await ground.deps.clock.sleep(ms, over.signal);
  over.release();
  return waitReady(live, ground, ASK_MS, signal);
}

async function askWithin(live: Live, ground: Ground, ms: number, over: AbortSignal): Promise<Asked> {
  const late = firstOf(over);
  const answered = new AbortController();
  void ground.deps.clock.sleep(ms, answered.signal).then(late.fire);
  try {
    return await ask(live, ground, late.signal);
  } finally {
    answered.abort();
    late.release();
  }
}

async function ask(live: Live, ground: Ground, signal: AbortSignal): Promise<Asked> {
  const { ready } = ground.deps.settings;
  const door = await findDoor(live);
  if (typeof door === "string") return door;
  if ("command" in ready) return runReadyCommand(live, ground, ready.command, signal);
  // Without a port there is nothing to knock at: a process that lives is as ready as can be told.
  return door === undefined ? undefined : askAtDoor(ready, door, signal);
}

/** Where the process listens; a sentence where it doesn't; undefined where it has no port. */
async function findDoor({ launch, pid }: Live): Promise<Door | string | undefined> {
  const { port, token } = launch;
  if (port === undefined) return undefined;
  const owner = await findPortOwner(port, pid, token);
  switch (owner.kind) {
    case "nobody":
      return `nothing listens on port ${port}`;
    case "stranger":
      return `port ${port} is held by a process that isn't the service's (of user ${owner.uid})`;
    case "ours":
      return { addresses: owner.addresses, port };
    case "unknown":
      return { addresses: ["127.0.0.1", "::1"], port };
  }
}

async function runReadyCommand(live: Live, ground: Ground, command: readonly string[], signal: AbortSignal): Promise<Asked> {
  const { folder, settings } = ground.deps;
  const invocation = resolveInvocation(settings, folder, live.launch, [...command]);
  if (!invocation.ok) return invocation.fault;
  return askCommand(invocation.value, await environmentFor(live.launch, ground), signal);
}
