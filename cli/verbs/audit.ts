import { type Command, Option } from "commander";
import { failed, usage } from "../ending.ts";
import { serviceArgument } from "../flags.ts";
import { parseTime } from "../parse-time.ts";
import type { Run } from "../session.ts";

interface AnalyzeFlags {
  readonly file?: readonly string[];
  readonly since?: string;
}

export function declare(command: Command, run: Run): void {
  command
    .command("analyze")
    .description("Say from an audit log which version's calls fail, since which change, at which step, and how to go back.")
    .argument("<service>", "the service", serviceArgument)
    .addOption(new Option("--file <path...>", "the audit log, JSON lines; what it was rotated to (.1, .2.gz) is read with it"))
    .option("--since <time>", "only calls from then on: 14:05, 20m (ago), or ISO 8601")
    .action((service: string, { file = [], since }: AnalyzeFlags) =>
      run(async (session) => {
        const from = since === undefined ? undefined : parseTime(since, session.world.clock.now());
        if (from?.ok === false) return failed(usage(`--since ${from.fault}`));
        const { analyze } = await import("../audit/analyze.ts");
        return analyze(session, service, { file, since: from?.value });
      }),
    );
}
