import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import type { CommandGrammar } from "./grammar.ts";
import { SIDECAR } from "./sidecar.ts";
import { zshScript } from "./zsh.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

const SCRIPTS: Readonly<Record<Shell, (grammar: readonly CommandGrammar[]) => string>> = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** The sidecar is added: it is no verb of the program that `grammar` was read off. */
export function scriptFor(shell: Shell, grammar: readonly CommandGrammar[]): string {
  return SCRIPTS[shell]([...grammar, ...SIDECAR]);
}
