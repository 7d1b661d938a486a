/**
 * `rollpin agent` and its verbs: a program of its own (agent/arguments.ts, agent/local-pin/arguments.ts), which this one must
 * not load. A test holds the two together.
 */
import type { CommandGrammar, FlagGrammar } from "./grammar.ts";

const flag = (names: readonly string[], summary: string, choices: readonly string[] = []): FlagGrammar => ({ names, summary, takesValue: true, choices });
const toggle = (names: readonly string[], summary: string): FlagGrammar => ({ names, summary, takesValue: false, choices: [] });

const CONFIG = flag(["-c", "--config"], "the agent's file");
const HELP = toggle(["-h", "--help"], "print help");
const LOCAL = [
  toggle(["--local"], "on this host only; a must"),
  CONFIG,
  toggle(["--no-wait"], "don't wait for the agent"),
  flag(["--timeout"], "wait no longer than this, such as 30s"),
  flag(["-o", "--output"], "how the result is printed", ["table", "json"]),
  HELP,
];

export const SIDECAR: readonly CommandGrammar[] = [
  {
    path: ["agent"],
    subcommands: [
      { name: "pin", summary: "hold this host's instance to a version while Consul is gone" },
      { name: "unpin", summary: "end that" },
    ],
    flags: [CONFIG, toggle(["--check"], "look whether the file is good, and end"), toggle(["--guard-only"], "no instance: guard services by their policies"), flag(["--consul-addr"], "where Consul answers"), flag(["--dc"], "the datacentre"), HELP],
    argumentChoices: [],
  },
  { path: ["agent", "pin"], subcommands: [], flags: [flag(["--reason"], "why; status shows it"), ...LOCAL], argumentChoices: [] },
  { path: ["agent", "unpin"], subcommands: [], flags: LOCAL, argumentChoices: [] },
];
