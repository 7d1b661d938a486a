import { type Command, Option } from "commander";
import { determineCurrent } from "../../core/decide/current.ts";
import { planConfig } from "../../core/decide/plans/plan-config.ts";
import { type Result, ok } from "../../core/model/result.ts";
import type { AskedBy, AskedSpec } from "../change-spec.ts";
import { change, forOne } from "../change.ts";
import { type Ending, type Failure, failed, result } from "../ending.ts";
import { type ChangeFlags, addChangeFlags, serviceArgument } from "../flags.ts";
import { gatherKnown } from "../gather.ts";
import { configPrintable } from "../output/config.ts";
import { readSource } from "../read-source.ts";
import type { Run, Session } from "../session.ts";

interface SetFlags extends ChangeFlags {
  readonly text?: string;
  readonly remove?: boolean;
}

export function declare(command: Command, run: Run): void {
  command
    .command("get")
    .description("Print the config that is accepted, byte for byte.")
    .argument("<service>", "the service", serviceArgument)
    .action((service: string) => run((session) => getConfig(session, service)));
  addChangeFlags(command.command("set"), { waits: true, overrides: true })
    .description("Replace or remove the config, from a file, stdin or the command line.")
    .argument("<service>", "the service", serviceArgument)
    .argument("[file]", "the file with the new config; - is stdin")
    .addOption(new Option("--text <text>", "the new config itself").conflicts("remove"))
    .option("--remove", "remove the config")
    .action((service: string, file: string | undefined, flags: SetFlags) => run((session) => setConfig(session, service, file, flags)));
}

async function getConfig(session: Session, service: string): Promise<Ending> {
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const facts = await gatherKnown(store.value, [service], { signal: session.signal, history: 1 });
  if (!facts.ok) return failed(facts.fault);
  const [one] = facts.value;
  const config = one === undefined ? undefined : determineCurrent(one, store.value.prefix).state.config;
  if (config === undefined) session.world.stderr.write(session.flags.output === "table" ? `${service} has no config\n` : "");
  return result(configPrintable({ service, revision: one?.head?.value.revision ?? 0, config }));
}

async function setConfig(session: Session, service: string, file: string | undefined, flags: SetFlags): Promise<Ending> {
  const text = await readText(session, file, flags);
  if (!text.ok) return failed(text.fault);
  return change(session, { flags, ...specOf({ verb: "config", service, text: text.value, override: flags.override === true, reason: flags.reason }) });
}

export function specOf(asked: AskedBy<"config">): AskedSpec {
  return { asked, services: [asked.service], history: 1, traffic: { optional: true }, plan: forOne((facts, context) => planConfig(facts, asked, context)) };
}

/** Exactly one source. Undefined removes. */
async function readText(session: Session, file: string | undefined, { text, remove }: SetFlags): Promise<Result<string | undefined, Failure>> {
  return remove === true && file === undefined ? ok(undefined) : readSource(session, "config", remove === true ? undefined : file, text);
}
