import { type Command, Option } from "commander";
import { failed } from "../ending.ts";
import { type ChangeFlags, serviceArgument } from "../flags.ts";
import { readSource } from "../read-source.ts";
import type { Run, Session } from "../session.ts";

interface SetFlags extends Pick<ChangeFlags, "dryRun" | "yes"> {
  readonly text?: string;
  readonly remove?: boolean;
}

export function declare(command: Command, run: Run): void {
  command
    .command("show")
    .description("Print the policy by which a service is guarded, byte for byte.")
    .argument("<service>", "the service", serviceArgument)
    .action((service: string) =>
      run(async (session) => {
        const { showPolicy } = await import("../policy/show-policy.ts");
        return showPolicy(session, service);
      }),
    );
  command
    .command("set")
    .description("Replace or remove the policy, from a file, stdin or the command line.")
    .argument("<service>", "the service", serviceArgument)
    .argument("[file]", "the file with the new policy, YAML or JSON; - is stdin")
    .addOption(new Option("--text <text>", "the new policy itself").conflicts("remove"))
    .option("--remove", "remove the policy: nobody guards the service")
    .option("--dry-run", "say whether it is right, and change nothing")
    .option("-y, --yes", "don't ask")
    .action((service: string, file: string | undefined, flags: SetFlags) => run((session) => set(session, service, file, flags)));
}

async function set(session: Session, service: string, file: string | undefined, { remove, text, ...flags }: SetFlags) {
  const isRemoved = remove === true && file === undefined;
  const source = isRemoved ? undefined : await readSource(session, "policy", remove === true ? undefined : file, text);
  if (source?.ok === false) return failed(source.fault);
  const { setPolicy } = await import("../policy/set-policy.ts");
  return setPolicy(session, service, source?.value, { ...flags, wait: false });
}
