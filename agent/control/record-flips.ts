import { type Adopter, createAdopter } from "../adopt-flips.ts";
import { logApplyFault } from "../log-events.ts";
import type { Control, ControlDeps } from "./parts.ts";

/** Hand flips that this instance can obey get their history entry. */
export function recordFlips({ agent }: ControlDeps, control: () => Control): Adopter {
  const { file, log } = agent;
  return createAdopter({
    ...agent,
    service: file.service,
    canObey: () => isObeyable(control()),
    onAdopted: (revision, parts) => log.info({ event: "adopted", revision, parts }, "wrote a hand flip into history"),
    onFault: (fault) => logApplyFault(log, "a hand flip could not be written into history", fault),
  });
}

/** An instance without the artifact that a flip asks for leaves it to others to write history. */
function isObeyable({ follower, releases }: Control): boolean {
  const intent = follower.intent();
  const artifacts = releases.artifacts();
  const version = intent.kind === "unknown" ? undefined : intent.target.version;
  return version === undefined || artifacts === undefined || artifacts.includes(version);
}
