import type { Evidence } from "../evidence.ts";

/** What a receipt called `applied` had been: an instance's revision never falls. */
export function untrueReceipts({ promised }: Evidence): readonly string[] {
  return promised.flatMap(({ instance, revision, shown }) => (shown === undefined || shown >= revision ? [] : [`${instance}: the receipt says that it applied revision ${revision}, but its record showed ${shown} after that`]));
}
