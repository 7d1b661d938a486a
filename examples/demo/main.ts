/** The demo: reads its arguments and the environment, starts everything, tells the story, and leaves nothing behind. */
import { existsSync } from "node:fs";
import { styleText } from "node:util";
import { join, resolve } from "node:path";
import { reapLeftovers } from "../../cli/launcher/leftovers.ts";
import { systemClock } from "../../core/clock.ts";
import { type Result, err } from "../../core/model/result.ts";
import { type DemoArguments, USAGE, parseDemoArguments } from "./arguments.ts";
import type { Paint } from "./chart.ts";
import { type DemoConsul, openConsul } from "./consul.ts";
import { BAD, type Facts, GOOD } from "./facts.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { openLoad } from "./load.ts";
import { reportOf } from "./report.ts";
import type { OpenedRouter } from "./opened-router.ts";
import { rollpinRunner } from "./rollpin.ts";
import { openRouter } from "./router.ts";
import { killStrays } from "./strays.ts";
import { tellStory } from "./story.ts";

export interface DemoPlace {
  /** A folder of this run alone; whoever made it removes it. */
  readonly folder: string;
  /** Of the repository. */
  readonly root: string;
  readonly argv: readonly string[];
  readonly process: NodeJS.Process;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

const EXIT = { done: 0, fault: 1, usage: 2, interrupted: 130 } as const;
const INSTANCES = 5;
const CANARIES = 1;

/** Resolves with the exit code, when all that was started has ended. */
export async function runDemo(place: DemoPlace): Promise<number> {
  const { process, signal } = place;
  const complain = (text: string): void => void process.stderr.write(`${text}\n`);
  const args = parseDemoArguments(place.argv);
  if (!args.ok) complain(`${args.fault}\n\n${USAGE}`);
  else if (args.value.help) process.stdout.write(`${USAGE}\n`);
  if (!args.ok || args.value.help) return args.ok ? EXIT.done : EXIT.usage;
  const told = await withConsul(place, args.value, complain);
  if (signal.aborted) {
    complain("interrupted; nothing was left running");
    return EXIT.interrupted;
  }
  if (told.ok) return report(told.value, process);
  complain(`the demo could not go on: ${told.fault}`);
  return EXIT.fault;
}

async function withConsul(place: DemoPlace, args: DemoArguments, complain: (text: string) => void): Promise<Result<Facts, string>> {
  const rollpin = resolve(args.rollpin ?? join(place.root, "dist", "rollpin.js"));
  if (!existsSync(rollpin)) return err(`${rollpin} isn't there: run "npm run build" first`);
  await reapLeftovers(systemClock.now());
  const consul = await openConsul(place.process.env, complain, place.signal);
  if (!consul.ok) return consul;
  // Names that are known before anything is started, so that the clean-up never depends on how far the start came.
  const instances = Array.from({ length: INSTANCES }, (_, index) => `${consul.value.service}-${index + 1}`);
  try {
    return await withRouter(place, { args, consul: consul.value, instances, rollpin, sources: join(place.root, "examples", "demo") }, complain);
  } finally {
    await consul.value.cleanUp(instances);
  }
}

interface Prepared {
  readonly args: DemoArguments;
  readonly consul: DemoConsul;
  readonly instances: readonly string[];
  readonly rollpin: string;
  /** Of examples/demo. */
  readonly sources: string;
}

async function withRouter(place: DemoPlace, prepared: Prepared, complain: (text: string) => void): Promise<Result<Facts, string>> {
  const { args, consul, sources } = prepared;
  const router = await openRouter(args.router, { folder: place.folder, sources, env: consul.env, report: complain, signal: place.signal });
  if (!router.ok) return router;
  try {
    return await withFleet(place, prepared, router.value, complain);
  } finally {
    await router.value.stop();
  }
}

async function withFleet({ folder, process, signal }: DemoPlace, { args, consul, instances, rollpin, sources }: Prepared, router: OpenedRouter, complain: (text: string) => void): Promise<Result<Facts, string>> {
  const { env, prefix, service } = consul;
  const canaries = instances.slice(-CANARIES);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`${INSTANCES} agents beside ${INSTANCES} instances of ${service} (${canaries.join(", ")} is a canary) and ${router.what}, on ${consul.where}.`);
  const load = openLoad(args.rate);
  const fleet = await startFleet({ folder, sources, rollpin, env, service, prefix, versions: [GOOD, BAD], instances, canaries, router: router.entry, others: router.pids });
  try {
    if (signal.aborted) return err("interrupted");
    return await tellStory({ consul, fleet, load, say, signal, run: rollpinRunner({ rollpin, env, signal }), seconds: args.seconds });
  } finally {
    await load.stop();
    await endFleet(fleet, router, folder, complain);
  }
}

/** Agents end their services. What is left after that is a fault, which is told, and ended too. */
async function endFleet(fleet: Fleet, router: OpenedRouter, folder: string, complain: (text: string) => void): Promise<void> {
  const killed = await fleet.stop();
  if (killed.length > 0) complain(`had to be killed: the agents of ${killed.join(", ")}`);
  await router.stop();
  const strays = await killStrays(folder);
  if (strays.length > 0) complain(`left behind by agents, and killed: ${strays.join(", ")}`);
}

function report(facts: Facts, { env, stdout }: NodeJS.Process): number {
  const paint: Paint = (colour, text) => (stdout.isTTY && (env["NO_COLOR"] ?? "") === "" ? styleText(colour, text) : text);
  const { lines, passed } = reportOf(facts, paint);
  const next = ["", "Next: put a service of your own under rollpin, see examples/first-service/README.md;", "`npx rollpin dev` gives you a Consul to try it with."];
  stdout.write(`${[...lines, ...next].join("\n")}\n`);
  return passed ? EXIT.done : EXIT.fault;
}
