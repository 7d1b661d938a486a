import type { Command } from "commander";
import { parseTagPattern } from "../../core/decide/catalog-version.ts";
import { STABLE } from "../../core/model/names.ts";
import { type AdoptFlags, adopt } from "../adopt/adopt.ts";
import { addChangeFlags, argument, serviceArgument, trackArgument, versionArgument } from "../flags.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: true, overrides: false })
    .argument("<service>", "the service, as Consul's catalog calls it", serviceArgument)
    .option("--version-meta <key>", "the Meta key of its registrations that holds the version", "version")
    .option("--version-tag <pattern>", "the tag that holds it instead, such as v{{version}}", argument(parseTagPattern))
    .option("--version <version>", "what to pin, where the catalog can't tell or shows several", versionArgument)
    .option("--track <track>", "which group of instances", trackArgument, STABLE)
    .action((service: string, flags: AdoptFlags) => run((session) => adopt(session, service, flags)));
}
