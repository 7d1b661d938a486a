import type { Command } from "commander";
import type { Run } from "./session.ts";

/** How a verb's file adds itself to the program: its grammar, and what it does. */
export type DeclareVerb = (command: Command, run: Run) => void;

interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly declare: DeclareVerb }>;
}

/** Every verb, in the order that `rollpin --help` lists them. Files are loaded when their verb is named, so that each starts fast. */
export const verbs: readonly VerbEntry[] = [
  { name: "status", summary: "what is pinned, what runs, and what is wrong", load: () => import("./verbs/status.ts") },
  { name: "pin", summary: "hold a service to a version", load: () => import("./verbs/pin.ts") },
  { name: "unpin", summary: "let a service run what its agents' local files say", load: () => import("./verbs/unpin.ts") },
  { name: "config", summary: "read or change a service's settings", load: () => import("./verbs/config.ts") },
  { name: "pace", summary: "show or set how many instances may be changing at once", load: () => import("./verbs/pace.ts") },
  { name: "route", summary: "show or change how traffic is split over versions", load: () => import("./verbs/route.ts") },
  { name: "failover", summary: "let another service or track take over all traffic", load: () => import("./verbs/failover.ts") },
  { name: "failback", summary: "end a failover that was commanded", load: () => import("./verbs/failback.ts") },
  { name: "rollback", summary: "put services back to releases that may be trusted", load: () => import("./verbs/rollback.ts") },
  { name: "apply", summary: "do exactly what a dry run printed", load: () => import("./verbs/apply.ts") },
  { name: "undo", summary: "take one plan back, exactly", load: () => import("./verbs/undo.ts") },
  { name: "restart", summary: "restart the instances of a service", load: () => import("./verbs/restart.ts") },
  { name: "history", summary: "what was, who did it, and why", load: () => import("./verbs/history.ts") },
  { name: "diff", summary: "what differs between two revisions", load: () => import("./verbs/diff.ts") },
  { name: "audit", summary: "what a log of calls says of the versions, and how to go back", load: () => import("./verbs/audit.ts") },
  { name: "export", summary: "keep history as a Git repository", load: () => import("./verbs/export.ts") },
  { name: "import", summary: "make services what the files of an export say", load: () => import("./verbs/import.ts") },
  { name: "release", summary: "the registry of releases and their verdicts", load: () => import("./verbs/release.ts") },
  { name: "policy", summary: "read or change by what a service is guarded", load: () => import("./verbs/policy.ts") },
  { name: "guard", summary: "what the guard found and did, and why; let it go on", load: () => import("./verbs/guard.ts") },
  { name: "rollout", summary: "change a service in steps, each judged before the next", load: () => import("./verbs/rollout.ts") },
  { name: "freeze", summary: "hold services still", load: () => import("./verbs/freeze.ts") },
  { name: "unfreeze", summary: "let frozen services change again", load: () => import("./verbs/unfreeze.ts") },
  { name: "adopt", summary: "take a service in as it runs: pin what the catalog shows, change nothing", load: () => import("./verbs/adopt.ts") },
  { name: "observe", summary: "let agents look and report, and change nothing", load: () => import("./verbs/observe.ts") },
  { name: "enforce", summary: "let agents make true what is pinned", load: () => import("./verbs/enforce.ts") },
  { name: "eject", summary: "let a service go: agents leave what runs to itself", load: () => import("./verbs/eject.ts") },
  { name: "operation", summary: "what takes several transactions and was left behind: finish it, or take it back", load: () => import("./verbs/operation.ts") },
  { name: "restore", summary: "after Consul was restored: go on from its state, or put back what the agents run", load: () => import("./verbs/restore.ts") },
  { name: "doctor", summary: "look for what is wrong around rollpin, and say how to mend it", load: () => import("./verbs/doctor.ts") },
  { name: "dev", summary: "run a Consul to try things with", load: () => import("./verbs/dev.ts") },
  { name: "completion", summary: "print a script that completes rollpin's words in a shell", load: () => import("./verbs/completion.ts") },
];
