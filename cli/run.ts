import { type Command, CommanderError } from "commander";
import { type Result, err, ok } from "../core/model/result.ts";
import type { Store } from "../core/store/port.ts";
import { EXIT, type Ending, type Failure, exitOf, failed, usage } from "./ending.ts";
import { type CommonFlags, commonFlagsOf } from "./flags.ts";
import { type Electorate, isElectionThere, outlastElections } from "./outlast-election.ts";
import { printFailure } from "./output/print-failure.ts";
import { type OutputFormat, printResult } from "./output/print-result.ts";
import { screenOf } from "./output/screen.ts";
import { SEVERAL_VERBS } from "./datacentres/verbs.ts";
import { buildProgram } from "./program.ts";
import type { Session } from "./session.ts";
import type { Output, World } from "./world.ts";

/** Runs one command line. Resolves to its exit code once everything is written; rejects only for bugs. */
export async function runCli(argv: readonly string[], world: World, version: string): Promise<number> {
  const words: string[] = [];
  const said: string[] = [];
  let exit: number = EXIT.done;
  const program = await buildProgram({
    version,
    words: argv,
    output: { writeOut: (text) => words.push(text), writeErr: (text) => said.push(text), getOutHelpWidth: () => world.stdout.columns, getErrHelpWidth: () => world.stderr.columns },
    start: async (leaf, act) => {
      exit = await runVerb(leaf, act, world);
    },
  });
  try {
    await program.parseAsync(argv.length === 0 ? ["--help"] : [...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) return print(failed(usage(usageMessage(said.join("") || error.message))), world, formatBeforeParsing(argv));
    world.stdout.write(words.join(""));
  }
  return exit;
}

async function runVerb(leaf: Command, act: (session: Session) => Promise<Ending>, world: World): Promise<number> {
  const flags = commonFlagsOf(leaf);
  const opened = new Map<string, Promise<Result<Store, Failure>>>();
  const openOnce = (name: string, open: () => Promise<Result<Store, Failure>>): Promise<Result<Store, Failure>> => {
    const known = opened.get(name) ?? open();
    opened.set(name, known);
    return known;
  };
  const session: Session = {
    world,
    flags,
    signal: world.interrupted,
    out: screenFor(world.stdout, world, flags.color),
    err: screenFor(world.stderr, world, flags.color),
    grammar: () => buildProgram({ version: "", words: undefined, output: {}, start: () => Promise.resolve() }),
    store: () => (flags.dcs === undefined ? openOnce("", () => openStore(world, flags, leaf.parent?.name() !== "operation")) : Promise.resolve(err(usage(ONE_DATACENTRE)))),
    storeIn: (dc) => openOnce(`in ${dc ?? ""}`, () => openThere(world, flags, dc)),
  };
  try {
    return print(await act(session), world, flags.output, session);
  } finally {
    for (const store of await Promise.all(opened.values())) if (store.ok) store.value.close();
  }
}

const ONE_DATACENTRE = `this is about one datacentre: name it with --dc, or leave that out for the Consul agent's own. Several go with ${SEVERAL_VERBS}`;

/** What was left behind is the first thing that a person is told, but where that is what the verb is about. Beside JSON and YAML only errors may stand. */
async function openStore(world: World, flags: CommonFlags, isNoted: boolean): Promise<Result<Store, Failure>> {
  const opened = await world.openStore(flags);
  if (opened.ok && isNoted && flags.output === "table") {
    const { noteOperations } = await import("./operation/note-operations.ts");
    await noteOperations(opened.value, world);
  }
  return opened.ok ? ok(outlastElections(opened.value, electorateOf(world, flags))) : opened;
}

async function openThere(world: World, flags: CommonFlags, dc: string | undefined): Promise<Result<Store, Failure>> {
  const opened = await world.openStore({ ...flags, dc });
  return opened.ok ? ok(outlastElections(opened.value, { ...electorateOf(world, flags), isElection: isElectionThere })) : opened;
}

function electorateOf({ clock, interrupted, stderr }: World, { output }: CommonFlags): Electorate {
  return { clock, interrupted, note: (text) => stderr.write(output === "table" ? text : "") };
}

function print(ending: Ending, world: World, format: OutputFormat, session?: Session): number {
  const out = session?.out ?? screenFor(world.stdout, world, true);
  const error = session?.err ?? screenFor(world.stderr, world, true);
  if (ending.kind === "result") printResult(ending.printable, format, out, world.stdout);
  if (ending.kind === "failure") printFailure(ending.failure, format, error, world.stderr);
  return exitOf(ending);
}

function screenFor(output: Output, world: World, colors: boolean): Session["out"] {
  const { NO_COLOR, FORCE_COLOR } = world.env;
  const wanted = output.isTerminal || (FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0");
  const color = colors && wanted && (NO_COLOR === undefined || NO_COLOR === "");
  return screenOf({ columns: output.columns, now: world.clock.now(), color });
}

/** commander's "error: …" and its suggestion, as one sentence; a refused value is named by its argument or flag alone. */
function usageMessage(said: string): string {
  const bare = /^Usage: (rollpin \S+)/.exec(said)?.[1];
  // commander answers a verb that lacks its second word with all of its help.
  if (bare !== undefined) return `${bare} needs one of: ${[...said.matchAll(/^ {2}([a-z]+)(?= \[options\])/gm)].map(([, word]) => word).join(", ")}; see "${bare} --help"`;
  return said
    .replace(/^error: /, "")
    .replace(/^command-argument value '.*?' is invalid for argument '([\w-]+)'\. /s, "$1: ")
    .replace(/^option '(?:-\w, )?(--[\w-]+)[^']*' argument '.*?' is invalid\. /s, "$1: ")
    .trim()
    .replaceAll(/\s*\n+\s*/g, " ");
}

/** The command line itself is wrong: what can be told of -o without understanding the rest. */
function formatBeforeParsing(argv: readonly string[]): OutputFormat {
  const text = argv.map((word, index) => (word === "-o" || word === "--output" ? `-o${argv[index + 1] ?? ""}` : word.replace(/^--output=/, "-o")));
  if (text.includes("-ojson")) return "json";
  return text.includes("-oyaml") ? "yaml" : "table";
}
