/** The demo: reads its arguments and the environment, starts a Consul, has a story told, and leaves nothing behind. */
import { existsSync } from "node:fs";
import { styleText } from "node:util";
import { join, resolve } from "node:path";
import { reapLeftovers } from "../../cli/launcher/leftovers.ts";
import { systemClock } from "../../core/clock.ts";
import { type Result, err } from "../../core/model/result.ts";
import { type DemoArguments, USAGE, parseDemoArguments } from "./arguments.ts";
import type { Paint } from "./chart.ts";
import { openConsul } from "./consul.ts";
import { CHAIN_SCENARIO } from "./chain/chain-scenario.ts";
import { GROUP_SCENARIO } from "./group/group-scenario.ts";
import { GUARDED_SCENARIO } from "./guarded/guarded-scenario.ts";
import { ROLLBACK_SCENARIO } from "./rollback-scenario.ts";
import type { DemoPlace, Scenario, Told } from "./scenario.ts";

const EXIT = { done: 0, fault: 1, usage: 2, interrupted: 130 } as const;
const SCENARIOS: Readonly<Record<DemoArguments["scenario"], Scenario>> = { rollback: ROLLBACK_SCENARIO, canary: GUARDED_SCENARIO, chain: CHAIN_SCENARIO, group: GROUP_SCENARIO };

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

async function withConsul(place: DemoPlace, args: DemoArguments, complain: (text: string) => void): Promise<Result<Told, string>> {
  const rollpin = resolve(args.rollpin ?? join(place.root, "dist", "rollpin.js"));
  if (!existsSync(rollpin)) return err(`${rollpin} isn't there: run "npm run build" first`);
  await reapLeftovers(systemClock.now());
  const consul = await openConsul(place.process.env, complain, place.signal);
  if (!consul.ok) return consul;
  const scenario = SCENARIOS[args.scenario];
  try {
    return await scenario.play(place, { args, consul: consul.value, rollpin, complain, sources: join(place.root, "examples", "demo") });
  } finally {
    // Names that were known before anything was started, so that the clean-up never depends on how far the start came.
    await consul.value.cleanUp(scenario.instances(consul.value.service));
  }
}

function report(told: Told, { env, stdout }: NodeJS.Process): number {
  const paint: Paint = (colour, text) => (stdout.isTTY && (env["NO_COLOR"] ?? "") === "" ? styleText(colour, text) : text);
  const { lines, passed } = told(paint);
  const next = ["", "Next: put a service of your own under rollpin, see examples/first-service/README.md;", "`npx rollpin dev` gives you a Consul to try it with."];
  stdout.write(`${[...lines, ...next].join("\n")}\n`);
  return passed ? EXIT.done : EXIT.fault;
}
