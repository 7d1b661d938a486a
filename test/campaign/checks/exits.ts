import type { Evidence } from "../evidence.ts";

/** Done, refused, conflict, not everywhere, no Consul; killed is null. What is left is a fault of ours or bad usage. */
const honest: ReadonlySet<number | null> = new Set([0, 3, 4, 5, 6, null]);

/** No fault makes a command fail in a way that its user can't understand. */
export function dishonestExits({ commands }: Evidence): readonly string[] {
  return commands.flatMap(({ code, stderr, words }) => (honest.has(code) ? [] : [`rollpin ${words.join(" ")}: exit ${code}: ${stderr.trim()}`]));
}
