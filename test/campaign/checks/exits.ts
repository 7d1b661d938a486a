import type { Command, Evidence } from "../evidence.ts";

/** Done, refused, conflict, not everywhere, no Consul; killed is null. What is left is a fault of ours or bad usage. */
const honest: ReadonlySet<number | null> = new Set([0, 3, 4, 5, 6, null]);

/** No fault makes a command fail in a way that its user can't understand. */
export function dishonestExits({ commands }: Pick<Evidence, "commands">): readonly string[] {
  return commands.flatMap((command) => (honest.has(command.code) || namesTheBadFile(command) ? [] : [`rollpin ${command.words.join(" ")}: exit ${command.code}: ${command.stderr.trim()}`]));
}

/** What is done on a host rests on the agent's file: one with garbage in it is bad input, and its place is told. */
function namesTheBadFile({ code, stderr, words }: Command): boolean {
  return code === 2 && words[0] === "agent" && /rollpin\.yaml:\d+:\d+: /.test(stderr);
}
