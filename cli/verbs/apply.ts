import type { Command } from "commander";
import { type Result, err, ok } from "../../core/model/result.ts";
import { change } from "../change.ts";
import { refuseToGuess } from "../confirm.ts";
import { type Ending, type Failure, failed, usage } from "../ending.ts";
import { type ChangeFlags, addChangeFlags } from "../flags.ts";
import type { KeptPlan } from "../world.ts";
import type { Run, Session } from "../session.ts";
import { specOf } from "../spec-of.ts";

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: true, overrides: false })
    .description("Do exactly what a dry run printed, or nothing: where anything that it rests on moved since, exit 4 says what.")
    .argument("<fingerprint | file>", "the beginning of a plan's fingerprint (8 characters or more), or a file that --dry-run -o json wrote; - is stdin")
    .action((name: string, flags: ChangeFlags) => run((session) => apply(session, name, flags)));
}

/** The plan is made again from what was asked, and applied where it is the same to the last index: so nothing in a file is believed. */
async function apply(session: Session, name: string, flags: ChangeFlags): Promise<Ending> {
  const allowed = refuseToGuess(session, flags);
  if (!allowed.ok) return failed(allowed.fault);
  const text = await readPlan(session, name);
  if (!text.ok) return failed(text.fault);
  const { parsePlanFile } = await import("../plans/parse-plan-file.ts");
  const file = parsePlanFile(text.value, name === "-" ? "stdin" : name);
  if (!file.ok) return failed(usage(file.fault));
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const { comparePlans } = await import("../plans/compare-plans.ts");
  const reason = flags.reason ?? file.value.asked.reason;
  const asked = { ...file.value.asked, ...(reason === undefined ? {} : { reason }) };
  const { prefix } = store.value;
  return change(session, { ...(await specOf(asked)), flags: { ...flags, ...(reason === undefined ? {} : { reason }) }, adopts: false, compare: (planned, facts) => comparePlans(file.value, planned, facts, prefix) });
}

const FINGERPRINT = /^[0-9a-f]{8,64}$/;

async function readPlan({ signal, world }: Session, name: string): Promise<Result<string, Failure>> {
  if (!FINGERPRINT.test(name)) {
    const text = await (name === "-" ? world.stdin.readAll(signal) : world.readFile(name));
    return text.ok ? text : err(usage(`${text.fault}; name a file that --dry-run -o json wrote, or 8 characters or more of a fingerprint`));
  }
  const found = await world.plans.find(name);
  return found.ok ? onlyOne(name, found.value, world.plans.place) : err(usage(`the plans that were kept can't be read: ${found.fault}`));
}

function onlyOne(name: string, [first, ...others]: readonly KeptPlan[], place: string): Result<string, Failure> {
  if (first === undefined) return err(usage(`no plan with a fingerprint that begins with ${name} is kept in ${place}: plans are kept where the dry run was made, the newest 100 of them; ask for it again with --dry-run, or name a file that --dry-run -o json wrote`));
  if (others.length > 0) return err(usage(`${name} begins the fingerprints of several plans: ${[first, ...others].map(({ fingerprint }) => fingerprint.slice(0, name.length + 8)).join(", ")}; write more of the one that you mean`));
  return ok(first.text);
}
