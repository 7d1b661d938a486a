import { isoTime } from "../../core/clock.ts";
import type { StoreFault } from "../../core/model/fault.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import { desiredRoot, instancesRoot, routersRoot } from "../../core/store/keys.ts";
import type { Store } from "../../core/store/port.ts";
import { watchFolder } from "../../core/store/watch.ts";
import { EXIT, type Ending, type Failure, failed, failureOfStore } from "../ending.ts";
import { envelope } from "../output/printable.ts";
import { render } from "../output/print-result.ts";
import { statusPrintable } from "../output/status.ts";
import type { Session } from "../session.ts";
import { type FleetStatus, gatherStatus } from "./gather-status.ts";

/** Agents of a large fleet write all the time: no more than two looks a second. */
const PACE_MS = 500;

/**
 * Shows the status again whenever it changed, until Ctrl-C (which is its normal end). Watches only say "look again"; what
 * is shown is always read afresh. Consul going away is told on stderr and waited out.
 */
export async function followStatus(session: Session, services: readonly string[]): Promise<Ending> {
  const { clock } = session.world;
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const bell = createBell();
  const watching = Promise.all(watchAll(session, store.value, bell));
  let shown = "";
  let first = true;
  while (!session.signal.aborted) {
    const status = await gatherStatus(store.value, services, { signal: session.signal, clock });
    if (session.signal.aborted) break;
    if (!status.ok && (first || status.fault.code !== "consul")) return failed(status.fault);
    if (status.ok) shown = show(session, status.value, { shown, now: consulTime(store.value, clock) });
    else tell(session, status.fault);
    first = false;
    await clock.sleep(PACE_MS, session.signal);
    await bell.rung(session.signal);
  }
  await watching;
  return { kind: "written", exit: EXIT.done };
}

function watchAll({ world, signal }: Session, store: Store, bell: Bell): readonly Promise<void>[] {
  let away = false;
  const listener = {
    onReading: () => {
      away = false;
      bell.ring();
    },
    onFault: (fault: StoreFault) => {
      if (!away) world.stderr.write(`${failureOfStore(fault).message}; going on when it is back\n`);
      away = true;
    },
  };
  return [desiredRoot, instancesRoot, routersRoot].map((folder) => watchFolder(store, folder, listener, { clock: world.clock, random: Math.random, signal }));
}

/** The time of day alone is no news. */
function show(session: Session, status: FleetStatus, { now, shown }: { readonly now: number; readonly shown: string }): string {
  const news = JSON.stringify(status);
  if (news === shown) return shown;
  const { stdout } = session.world;
  const printable = statusPrintable(status, isoTime(now));
  const { output } = session.flags;
  if (output === "json") stdout.write(`${JSON.stringify(envelope(printable.value))}\n`);
  else if (output === "yaml") stdout.write(`---\n${render(printable, "yaml", session.out)}`);
  else stdout.write(`${separator(session)}${render(printable, "table", { ...session.out, now })}`);
  return news;
}

/** A terminal is wiped (also what has scrolled away stays readable: only the screen goes); elsewhere the time stands between. */
function separator({ world }: Session): string {
  return world.stdout.isTerminal ? "\u001B[H\u001B[2J" : `--- ${isoTime(world.clock.now())}\n`;
}

function tell({ world }: Session, failure: Failure): void {
  world.stderr.write(`${failure.message}\n`);
}

interface Bell {
  ring(): void;
  /** Resolves when it rang since the last time, or when the signal fires. */
  rung(signal: AbortSignal): Promise<void>;
}

function createBell(): Bell {
  let ringing = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      ringing = true;
      wake?.();
    },
    rung: (signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          wake = undefined;
          ringing = false;
          signal.removeEventListener("abort", done);
          resolve();
        };
        if (ringing || signal.aborted) return done();
        wake = done;
        signal.addEventListener("abort", done, { once: true });
      }),
  };
}
