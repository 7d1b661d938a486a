import type { Ran } from "../../support/rollpin.ts";

/** The words of an operator who finds an operation whose program is dead. What is done but for its marks can only be finished. */
export async function heal(say: (...words: readonly string[]) => Promise<Ran>, id: string, verb: "resume" | "abort"): Promise<readonly Ran[]> {
  const unlocked = await say("operation", "unlock", id);
  const acted = await say("operation", verb, id, "--no-wait");
  return acted.code === 3 && acted.stderr.includes("is done but for its marks") ? [unlocked, acted, await say("operation", "resume", id, "--no-wait")] : [unlocked, acted];
}
