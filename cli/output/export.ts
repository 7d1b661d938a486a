import type { Exported } from "../export/export-history.ts";
import type { Printable } from "./printable.ts";
import { type Screen, visible } from "./screen.ts";
import { wrap } from "./table.ts";

export function exportPrintable(exported: Exported): Printable {
  return { value: exportValue(exported), text: (screen) => exportText(exported, screen) };
}

function exportValue({ commit, ...exported }: Exported) {
  return { kind: "export", ...exported, commit: commit ?? null };
}

function exportText({ branch, commit, commits, folder, gaps, notes, revisions, services }: Exported, screen: Screen): string {
  const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
  const done =
    commits === 0
      ? `nothing new: ${commit === undefined ? "Consul has no history yet" : `${branch} of ${folder} has it all, as ${commit.slice(0, 12)}`}`
      : `${screen.paint("bold", counted(revisions, "revision"))} of ${counted(services, "service")} in ${counted(commits, "commit")} on ${branch} of ${folder}, ${commit?.slice(0, 12)}`;
  const missing = gaps.map(({ from, service, to }) => `${service}: ${from === to ? `revision ${from} is` : `revisions ${from} to ${to} are`} no longer kept in Consul; the state after is there`);
  return [done, ...[...missing, ...notes].map((line) => wrap(`  note: ${visible(line)}`, screen.columns, "    "))].join("\n");
}
