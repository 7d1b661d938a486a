/** The story: a good version, a bad one, and the way back. Every command is a real `rollpin`, as an operator types it. */
import { systemClock } from "../../core/clock.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { askRollpin } from "./ask-rollpin.ts";
import type { DemoConsul } from "./consul.ts";
import { BAD, type Facts, GOOD } from "./facts.ts";
import type { Fleet } from "./fleet.ts";
import type { Load } from "./load.ts";
import { waitFor } from "./patience.ts";
import type { Ran, RunRollpin } from "./rollpin.ts";

export interface Stage {
  readonly consul: DemoConsul;
  readonly fleet: Fleet;
  readonly load: Load;
  readonly run: RunRollpin;
  /** How long each act lasts. */
  readonly seconds: number;
  /** A line for the person who watches. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const COME_UP_MS = 20_000;
/** Enough for an operator to see that it is no coincidence. */
const ERRORS_SEEN = 10;

export async function tellStory(stage: Stage): Promise<Result<Facts, string>> {
  const { consul, fleet, load, say } = stage;
  const { service } = consul;
  const up = await waitForAgents(stage);
  if (!up.ok) return up;
  const first = await type(stage, ["pin", service, GOOD, "--yes"]);
  if (!first.ok) return first;
  const listed = await waitFor(`Consul's catalog shows ${fleet.instances.length} instances of ${service}`, COME_UP_MS, stage.signal, () => load.endpoints().length === fleet.instances.length || undefined);
  if (!listed.ok) return listed;

  say(`Clients find the ${fleet.instances.length} instances in Consul's catalog and begin to ask; all is well.`);
  load.begin();
  await act(stage);
  say(`A new version comes. Nobody knows yet: every fifth answer of ${BAD} is an error.`);
  const pin = await type(stage, ["pin", service, BAD, "--yes"]);
  if (!pin.ok) return pin;
  const noticed = await waitFor(`clients see ${ERRORS_SEEN} errors`, COME_UP_MS, stage.signal, () => isNoticed(load) || undefined);
  if (!noticed.ok) return noticed;
  await act(stage);
  say(`Clients see errors: ${errorsIn(load)} so far. One command:`);
  const rollback = await type(stage, ["rollback", service, "--reason", "20% errors", "--yes"]);
  if (!rollback.ok) return rollback;
  await act(stage);
  await load.stop();
  if (stage.signal.aborted) return err("interrupted");
  const asked = await askRollpin((words) => stage.run(withPrefix(stage, words)), service);
  return asked.ok ? ok({ service, instances: fleet.instances, answers: load.answers, pin: pin.value, rollback: rollback.value, ...asked.value }) : asked;
}

/** Every agent has a record in Consul, and both versions are registered. */
async function waitForAgents({ consul, fleet, signal }: Stage): Promise<Result<unknown, string>> {
  const { service, store } = consul;
  const up = await waitFor(`${fleet.instances.length} agents are there and have registered ${GOOD} and ${BAD}`, COME_UP_MS, signal, async () => {
    if ((await fleet.fallen()).length > 0) return "fallen";
    const instances = await store.keys(`instances/${service}/`, { signal });
    const releases = await store.keys(`releases/${service}/`, { signal });
    return instances.ok && releases.ok && instances.value.length === fleet.instances.length && releases.value.length === 2 ? "up" : undefined;
  });
  const fallen = await fleet.fallen();
  return fallen.length > 0 && !signal.aborted ? err(fallen.join("\n")) : up;
}

/** Shows the command, runs it, shows what it said. That it was not carried out everywhere is for the checks to judge. */
async function type(stage: Stage, words: readonly string[]): Promise<Result<Ran, string>> {
  const { run, say, signal } = stage;
  if (signal.aborted) return err("interrupted");
  const ran = await run(withPrefix(stage, words));
  say(`\n  $ ${ran.typed}`);
  for (const line of ran.stdout.trimEnd().split("\n")) say(`  ${line}`);
  say("");
  if (signal.aborted) return err("interrupted");
  return ran.exit === 0 || ran.exit === 5 ? ok(ran) : err(`${ran.typed} ended with exit ${ran.exit ?? "by a signal"}: ${ran.stderr.trim()}`);
}

/** In a Consul that is shared the demo keeps to a prefix of its own. */
function withPrefix({ consul }: Stage, words: readonly string[]): readonly string[] {
  return consul.prefix === "rollpin" ? words : [...words, "--prefix", consul.prefix];
}

function act({ seconds, signal }: Stage): Promise<void> {
  return systemClock.sleep(seconds * 1000, signal);
}

function isNoticed(load: Load): boolean {
  return errorsIn(load) >= ERRORS_SEEN;
}

function errorsIn({ answers }: Load): number {
  return answers.filter(({ outcome }) => outcome === "error").length;
}
