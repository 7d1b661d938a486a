import type { Command } from "commander";
import { STABLE } from "../../core/model/names.ts";
import { type ChangeFlags, addChangeFlags, serviceArgument, trackArgument, versionArgument } from "../flags.ts";
import { changeVerdict } from "../release/change-verdict.ts";
import { checkRelease } from "../release/check-release.ts";
import { listReleases, showRelease } from "../release/list-releases.ts";
import { type RegisterFlags, register } from "../release/register.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  command
    .command("list")
    .description("What is registered, newest first, with verdicts and where it is pinned.")
    .argument("<service>", "the service", serviceArgument)
    .action((service: string) => run((session) => listReleases(session, service)));
  named(command, "show", "All that one release says about itself.").action((service: string, version: string) => run((session) => showRelease(session, service, version)));
  declareRegister(command, run);
  named(command, "check", "Whether a version could be pinned now: exit 0 or 3. Changes nothing.")
    .option("--track <track>", "which group of instances", trackArgument, STABLE)
    .option("--run [file]", "run the commands too that a local file names under checks (rollpin.yaml unless given)")
    .action((service: string, version: string, { track, run: file }: { track: string; run?: string | true }) => run((session) => checkRelease(session, { service, version, track, run: file === true ? "rollpin.yaml" : file })));
  declareVerdicts(command, run);
}

function declareRegister(command: Command, run: Run): void {
  named(command, "register", "Make a release known, once and for all. The same again is no error; other content is refused.")
    .option("--file <file>", "what it says about itself, YAML or JSON (- is stdin)")
    .option("--artifact <place>", "where its artifact lies")
    .option("--digest <digest>", "of the artifact")
    .option("--commit <commit>", "the Git commit it was built from")
    .option("-y, --yes", "accepted for scripts; registering never asks, since nothing that runs changes")
    .action((service: string, version: string, flags: RegisterFlags) => run((session) => register(session, service, version, flags)));
}

function declareVerdicts(command: Command, run: Run): void {
  addChangeFlags(named(command, "condemn", "Keep a release out: pinning it again needs --override. Nothing restarts because of it."), { waits: false, overrides: true }).action(
    (service: string, version: string, flags: ChangeFlags) => run((session) => changeVerdict(session, service, version, flags, "condemned")),
  );
  addChangeFlags(named(command, "clear", "Take a verdict away, or call the release good by a person's word."), { waits: false, overrides: true })
    .option("--good", "call it good instead")
    .action((service: string, version: string, flags: ChangeFlags & { good?: boolean }) =>
      run((session) => changeVerdict(session, service, version, flags, flags.good === true ? "good" : undefined)),
    );
}

function named(command: Command, name: string, description: string): Command {
  return command.command(name).description(description).argument("<service>", "the service", serviceArgument).argument("<version>", "the version", versionArgument);
}
