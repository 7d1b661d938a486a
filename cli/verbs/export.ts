import type { Command } from "commander";
import { failed, result } from "../ending.ts";
import { exportPrintable } from "../output/export.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  command
    .description("Keep pins, config, routes, pace, releases and verdicts as files in a Git repository, one commit for each plan in history. Run again it adds what is new.")
    .requiredOption("--git <folder>", "the repository; made where the folder isn't there or is empty")
    .action(({ git }: { git: string }) =>
      run(async (session) => {
        const { exportHistory } = await import("../export/export-history.ts");
        const exported = await exportHistory(session, git);
        return exported.ok ? result(exportPrintable(exported.value)) : failed(exported.fault);
      }),
    );
}
