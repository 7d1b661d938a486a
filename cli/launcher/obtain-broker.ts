/** A real RabbitMQ or NATS for the demo and the tests. */
import { delimiter } from "node:path";
import type { Result } from "../../core/model/result.ts";
import type { Packaged } from "./from-own-release.ts";
import { type PackagedWanted, obtainPackaged } from "./obtain-packaged.ts";

export type BrokerProgram = "rabbitmq-server" | "nats-server";

/** Of an unpacked RabbitMQ, from the folder of the program: where `erl` and `epmd` lie. */
export const ERLANG_FOLDER = "usr/lib/erlang/bin";

const PACKAGED: Readonly<Record<BrokerProgram, Packaged>> = {
  "nats-server": { package: "nats-server", file: /^nats-server_/, folder: "usr/sbin", programs: ["nats-server"] },
  "rabbitmq-server": {
    package: "rabbitmq-server",
    file: /^rabbitmq-server_/,
    folder: "usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin",
    programs: ["rabbitmq-server"],
    path: [ERLANG_FOLDER],
    // Erlang knows by itself where it lies only where it was installed.
    rewritten: [{ file: `${ERLANG_FOLDER}/erl`, text: "ROOTDIR=/usr/lib/erlang", instead: 'ROOTDIR=$(cd "$(dirname "$0")/.." && pwd)' }],
  },
};

/** Debian's program of that name on everybody's PATH goes over to a user of its own; this one doesn't. */
const RABBITMQ_FOLDER = "/usr/lib/rabbitmq/bin";

/** A file that can be run. The fault is one message for a person. */
export async function obtainBroker(program: BrokerProgram, wanted: PackagedWanted): Promise<Result<string, string>> {
  const env = program === "rabbitmq-server" ? { ...wanted.env, PATH: [RABBITMQ_FOLDER, wanted.env["PATH"] ?? ""].join(delimiter) } : wanted.env;
  return obtainPackaged(PACKAGED[program], { ...wanted, env });
}
