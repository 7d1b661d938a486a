import { type Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../core/config/values.ts";
import { parseServiceName, parseTrack, parseVersion, quoteForPerson } from "../core/model/names.ts";
import { parseDatacentreList } from "./datacentres/parse-list.ts";
import type { Result } from "../core/model/result.ts";
import type { StoreFlags } from "./world.ts";

/** Flags that every verb takes. */
export interface CommonFlags extends StoreFlags {
  readonly output: "table" | "json" | "yaml";
  readonly color: boolean;
  /** Several datacentres, in their order; `dc` is undefined then. */
  readonly dcs: readonly string[] | "all" | undefined;
}

/** Flags of verbs that change something. */
export interface ChangeFlags {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  /** False with --no-wait. */
  readonly wait: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
  readonly override?: boolean;
}

export function addCommonFlags(command: Command): Command {
  const flags = [
    new Option("-o, --output <format>", "how results are printed").choices(["table", "json", "yaml"]),
    new Option("--consul-addr <address>", "where Consul answers (else CONSUL_HTTP_ADDR)"),
    new Option("--prefix <prefix>", "the folder in Consul's KV (else rollpin)").argParser(parsePrefix),
    new Option("--dc <datacenter>", "the datacentre to ask (else the Consul agent's own); several for what changes services: east,west").argParser(argument(parseDatacentreList)),
    new Option("--all-dcs", "every datacentre, the Consul agent's own first").conflicts("dc"),
    new Option("--no-color", "no colours (NO_COLOR works too)"),
  ];
  for (const flag of flags) command.addOption(flag.helpGroup("Everywhere:"));
  return command;
}

/** Of verbs that move pins. */
export const WITH_SCHEMA = "have data migrated where the plan needs it, by an agent that has the hooks; once begun, that can only be finished";

export function addChangeFlags(command: Command, options: { readonly waits: boolean; readonly overrides: boolean }): Command {
  command
    .option("--reason <text>", "why; history keeps it", parseReason)
    .option("--dry-run", "print the plan and change nothing")
    .option("-y, --yes", "don't ask");
  if (options.waits) {
    command
      .option("--no-wait", "don't wait for the instances")
      .option("--timeout <duration>", "wait no longer than this, such as 30s", argument(parseDuration));
  }
  if (options.overrides) command.option("--override", "go past a named refusal; history says so");
  return command;
}

/** The common flags, whether they stood before the verb or after it; the last one wins. */
export function commonFlagsOf(leaf: Command): CommonFlags {
  const given: Record<string, unknown> = {};
  for (const command of chainOf(leaf)) {
    for (const name of ["output", "consulAddr", "prefix", "dc", "allDcs", "color"]) {
      if (command.getOptionValueSource(name) === "cli") given[name] = command.getOptionValue(name);
    }
  }
  return {
    output: (given["output"] as CommonFlags["output"] | undefined) ?? "table",
    consulAddr: given["consulAddr"] as string | undefined,
    prefix: given["prefix"] as string | undefined,
    ...datacentresOf((given["dc"] as readonly string[] | undefined) ?? [], given["allDcs"] === true),
    color: given["color"] !== false,
  };
}

function datacentresOf(named: readonly string[], all: boolean): Pick<CommonFlags, "dc" | "dcs"> {
  // On one command it is commander that refuses both.
  if (all && named.length > 0) throw new InvalidArgumentError("--all-dcs is every datacentre: leave out --dc, or leave out --all-dcs");
  if (all) return { dc: undefined, dcs: "all" };
  return named.length > 1 ? { dc: undefined, dcs: named } : { dc: named[0], dcs: undefined };
}

function chainOf(leaf: Command): readonly Command[] {
  return leaf.parent === null ? [leaf] : [...chainOf(leaf.parent), leaf];
}

/** commander's way of refusing a value: it adds which argument or option it was. */
export function argument<T>(parse: (text: string) => Result<T, string>): (text: string) => T {
  return (text) => {
    const parsed = parse(text);
    if (!parsed.ok) throw new InvalidArgumentError(parsed.fault);
    return parsed.value;
  };
}

export const serviceArgument = argument(parseServiceName);
export const versionArgument = argument(parseVersion);
export const trackArgument = argument(parseTrack);

/** For arguments that may be given several times. */
export function eachService(text: string, previous: readonly string[] | undefined): readonly string[] {
  const service = serviceArgument(text);
  return previous?.includes(service) === true ? previous : [...(previous ?? []), service];
}

export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d{1,10}$/.test(text) && number >= least) return number;
    throw new InvalidArgumentError(`${quoteForPerson(text)} is no whole number of ${least} or more`);
  };
}

const MOST_REASON = 1024;

function parseReason(text: string): string {
  if (text.length > MOST_REASON) throw new InvalidArgumentError(`it has ${text.length} characters; at most ${MOST_REASON} are kept`);
  return text;
}

function parsePrefix(text: string): string {
  const prefix = text.replace(/\/+$/, "");
  if (/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/.test(prefix) && !prefix.split("/").some((part) => part === "." || part === "..")) return prefix;
  throw new InvalidArgumentError(`${quoteForPerson(text)} is no prefix: use letters, digits and ". _ -", with "/" between folders, such as rollpin or teams/shop/rollpin`);
}
