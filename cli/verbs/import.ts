import type { Command } from "commander";
import { addChangeFlags, eachService } from "../flags.ts";
import type { ImportFlags } from "../import/import-tree.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: true, overrides: true })
    .description("Make services what the files of an export say, in one plan: after a change there, or to put everything back into a Consul that has lost it. Releases that Consul lacks are registered first.")
    .argument("<folder>", "the folder of an export")
    .argument("[service...]", "only these services", eachService)
    .option("--commit <commit>", "as it was in that commit of the repository, not as it stands")
    .option("--prune", "take away pins, config, routes and pace that the files don't have")
    .action((folder: string, services: readonly string[] | undefined, flags: ImportFlags) =>
      run(async (session) => {
        const { importTree } = await import("../import/import-tree.ts");
        return importTree(session, folder, services ?? [], flags);
      }),
    );
}
