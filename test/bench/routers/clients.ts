/** The process that holds the clients. Ends when its parent does. */
import { until } from "../../support/until.ts";
import type { ToClients, Turned } from "./messages.ts";
import { type Asked, type SteadyLoad, openSteadyLoad } from "./steady-load.ts";

/** So many answers in a row of each router show that it has turned. */
const ENOUGH = 20;

let load: SteadyLoad | undefined;

process.once("disconnect", () => process.exit());
process.on("message", (told: ToClients) => {
  void obey(told).then((answer) => process.send?.(answer));
});

async function obey(told: ToClients): Promise<Turned | "done"> {
  if (told.word === "end") {
    await load?.end();
    return "done";
  }
  if (told.word === "begin") {
    load = openSteadyLoad(told.places);
    await allAnswerBy(told.version, load);
    return "done";
  }
  if (load === undefined) throw new Error("nobody asks yet");
  await allAnswerBy(told.version, load);
  return { lastOldAt: load.answers.map((answers) => lastOldAt(answers, told.at, told.version)), failures: load.failures() };
}

function allAnswerBy(version: string, { answers }: SteadyLoad): Promise<unknown> {
  return until(`all answer by ${version}`, () => answers.every((own) => own.length >= ENOUGH && own.slice(-ENOUGH).every((answer) => answer.version === version)));
}

/** Where none that was begun since was answered so, it turned before the first: that is as much as is known. */
function lastOldAt(answers: readonly Asked[], since: number, version: string): number {
  const asked = answers.filter(({ startedAt }) => startedAt >= since);
  return asked.findLast((answer) => answer.version !== version)?.at ?? asked[0]?.startedAt ?? since;
}
