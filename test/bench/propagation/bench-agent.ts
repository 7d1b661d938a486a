/** A real agent that tells when it has applied a flip and when Consul has acknowledged its record of that. */
import type { Log } from "../../../agent/log.ts";
import type { Operation } from "../../../core/store/port.ts";
import { until } from "../../support/until.ts";
import { type RunningAgent, startAgent } from "../fleet/start-agent.ts";
import { settingsOf } from "../fleet/consul.ts";
import { type Start, serviceOf } from "./messages.ts";
import type { RoundTally } from "./round-tally.ts";

/** Resolves once it has applied and reported what stands there now, so that only flips are counted. */
export async function startBenchAgent({ address, first, folder, population }: Start, watcher: number, tally: RoundTally): Promise<RunningAgent> {
  const instance = `bench-${first + watcher}`;
  const counting = { started: false, reported: 0 };
  const running = startAgent({
    consul: settingsOf(address),
    service: serviceOf(population),
    instance,
    folder,
    log: onApplied(() => {
      if (counting.started) tally.applied(watcher);
    }),
    onWritten: (operations) => {
      const revision = revisionIn(operations);
      if (revision === undefined || revision <= counting.reported) return;
      counting.reported = revision;
      if (counting.started) tally.reported(watcher);
    },
  });
  await until(`${instance} has reported`, () => counting.reported > 0, { deadlineMs: 60_000 });
  counting.started = true;
  return running;
}

/** The agent's own event, in the place of a line on standard error. */
function onApplied(told: () => void): Log {
  const log: Log = {
    debug: () => undefined,
    info: (fields) => {
      if ((fields as { readonly event?: string }).event === "applied") told();
    },
    warn: () => undefined,
    error: (fields, message) => console.error(message, fields),
    child: () => log,
  };
  return log;
}

/** Of an instance record that is in sync with it. Found without reading all of it: the floor reads nothing. */
function revisionIn(operations: readonly Operation[]): number | undefined {
  const [operation] = operations;
  const found = operation?.kind === "lock" ? IN_SYNC.exec(operation.value)?.[1] : undefined;
  return found === undefined ? undefined : Number(found);
}

const IN_SYNC = /"status":"in-sync",.*?"revision":(\d+)/;
