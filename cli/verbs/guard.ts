import type { Command } from "commander";
import { type ChangeFlags, serviceArgument, wholeNumber } from "../flags.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  command
    .command("explain")
    .description("Print what the guard found and did, and the evidence it rests on.")
    .argument("<service>", "the service", serviceArgument)
    .argument("[action]", "its number; the newest unless given", wholeNumber(1))
    .action((service: string, action: number | undefined) =>
      run(async (session) => {
        const { explainGuard } = await import("../guard/explain.ts");
        return explainGuard(session, service, action);
      }),
    );
  command
    .command("resume")
    .description("Take the brake off: the guard may change things again.")
    .argument("<service>", "the service", serviceArgument)
    .option("--dry-run", "say what would be done, and change nothing")
    .option("-y, --yes", "don't ask")
    .action((service: string, flags: Pick<ChangeFlags, "dryRun" | "yes">) =>
      run(async (session) => {
        const { resumeGuard } = await import("../guard/resume.ts");
        return resumeGuard(session, service, { ...flags, wait: false });
      }),
    );
}
