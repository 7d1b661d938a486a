import { parseArgs } from "node:util";
import { parseDuration } from "../../core/config/values.ts";
import { messageOf } from "../../core/model/message-of.ts";
import { parseVersion } from "../../core/model/names.ts";
import { NO_PIN } from "../../core/model/pin.ts";
import { type Result, err, ok } from "../../core/model/result.ts";

export type LocalPinArguments = (({ readonly verb: "pin"; readonly version: string }) | { readonly verb: "unpin" }) & LocalPinOptions;

export interface LocalPinOptions {
  readonly help: boolean;
  /** The agent's file. */
  readonly file: string;
  readonly reason: string | undefined;
  readonly wait: boolean;
  /** Milliseconds. */
  readonly timeout: number;
  readonly output: LocalPinOutput;
}

export type LocalPinOutput = "table" | "json";

export const LOCAL_PIN_VERBS: readonly (string | undefined)[] = ["pin", "unpin"];
const TIMEOUT_MS = 5 * 60_000;

export const LOCAL_PIN_USAGE = `usage: rollpin agent pin <version> --local [-c rollpin.yaml] [--reason <text>] [--no-wait] [--timeout 5m] [-o json]
       rollpin agent unpin --local [-c rollpin.yaml] [--no-wait] [--timeout 5m] [-o json]

Holds the instance on this host to a version while Consul is gone, whatever Consul pinned when it was last heard. It ends
when Consul's pin of the track changes, or by unpin. Needs no Consul. Through Consul, "rollpin pin" does it for all.

      --local               on this host only; a must, so that nobody does it by mistake
  -c, --config <file>       the agent's file (rollpin.yaml unless given)
      --reason <text>       why; status shows it
      --no-wait             don't wait for the agent
      --timeout <duration>  wait no longer than this (5m unless given); the agent goes on trying
  -o, --output <format>     how the result is printed: table (a sentence), json`;

/** The fault is one sentence. */
export function parseLocalPinArguments(argv: readonly string[]): Result<LocalPinArguments, string> {
  const [verb, ...rest] = argv;
  const read = readArguments(rest);
  if (!read.ok) return err(`rollpin agent ${verb}: ${read.fault}`);
  const { positionals, values } = read.value;
  const timeout = values.timeout === undefined ? ok(TIMEOUT_MS) : parseDuration(values.timeout);
  if (!timeout.ok) return err(`--timeout: ${timeout.fault}`);
  const output = parseOutput(values.output);
  if (!output.ok) return output;
  const options = { help: values.help, file: values.config, reason: values.reason, wait: !values["no-wait"], timeout: timeout.value, output: output.value };
  if (values.help) return ok({ verb: "unpin", ...options });
  if (!values.local) return err(`rollpin agent ${verb} acts on this host only: say so with --local; "rollpin ${verb} <service>" does it through Consul, for all`);
  if (verb === "unpin") return positionals.length === 0 ? ok({ verb, ...options }) : err("rollpin agent unpin takes no version");
  const [text, ...more] = positionals;
  if (text === undefined || more.length > 0) return err("rollpin agent pin takes one version");
  if (text === NO_PIN) return err('"none" is no version; "rollpin agent unpin --local" ends a local pin');
  const version = parseVersion(text);
  return version.ok ? ok({ verb: "pin", version: version.value, ...options }) : version;
}

function parseOutput(text: string): Result<LocalPinOutput, string> {
  return text === "table" || text === "json" ? ok(text) : err(`--output ${text}: it is table or json`);
}

/** Whether a person who was misunderstood is a program. */
export function asksForJson(argv: readonly string[]): boolean {
  return argv.some((word, at) => /^(-o|--output=)json$/.test(word) || (word === "json" && /^(-o|--output)$/.test(argv[at - 1] ?? "")));
}

function readArguments(argv: readonly string[]) {
  try {
    return ok(
      parseArgs({
        args: [...argv],
        strict: true,
        allowPositionals: true,
        options: {
          local: { type: "boolean", default: false },
          config: { type: "string", short: "c", default: "rollpin.yaml" },
          reason: { type: "string" },
          "no-wait": { type: "boolean", default: false },
          timeout: { type: "string" },
          output: { type: "string", short: "o", default: "table" },
          help: { type: "boolean", short: "h", default: false },
        },
      }),
    );
  } catch (error) {
    return err(messageOf(error));
  }
}
