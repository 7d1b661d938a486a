import { isDeepStrictEqual } from "node:util";
import type { Revision } from "../../core/model/records.ts";
import type { ConsulServer } from "./consul-server.ts";

/** Every history entry of a service, oldest first, read past the code under test. */
export async function historyOf(consul: ConsulServer, service: string): Promise<readonly Revision[]> {
  const answer = await consul.http.ask(`/v1/kv/rollpin/history/${service}/?recurse`);
  if (answer.status === 404) return [];
  const keys = JSON.parse(answer.body.toString()) as readonly { readonly Value: string }[];
  return keys.map(({ Value }) => JSON.parse(Buffer.from(Value, "base64").toString("utf8")) as Revision);
}

/** What is wrong with it: gaps, duplicates, entries that don't begin where the one before ended. Only `restore` and `import` jump, upwards. */
export function brokenLinks(history: readonly Revision[]): readonly string[] {
  return history.flatMap((entry, index) => {
    const before = history[index - 1];
    const wrong: string[] = [];
    const next = (before?.revision ?? entry.revision - 1) + 1;
    if (entry.kind === "restore" || entry.kind === "import" ? entry.revision < next : entry.revision !== next) wrong.push(`entry ${index} has revision ${entry.revision}`);
    if (before !== undefined && !isDeepStrictEqual(before.after, entry.before)) wrong.push(`revision ${entry.revision} begins with ${JSON.stringify(entry.before)}, but ${before.revision} ended with ${JSON.stringify(before.after)}`);
    if (history.findIndex(({ plan }) => plan === entry.plan) !== index) wrong.push(`plan ${entry.plan} stands twice`);
    return wrong;
  });
}
