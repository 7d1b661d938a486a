import { withoutUndefined } from "../../model/without-undefined.ts";
import type { Store } from "../../store/port.ts";
import { type SendOptions, sendUntilKnown } from "../send-until-known.ts";
import { type Recorded, moveState } from "./record-action.ts";

/** Brings up to date what the state says beside actions. What can't be written now is at the next look. */
export async function settleState(store: Store, recorded: Recorded, options: SendOptions): Promise<void> {
  const next = withoutUndefined(recorded.next);
  const former = recorded.former?.value;
  if (former !== undefined && isSame(former, next)) return;
  await sendUntilKnown(store, moveState({ ...recorded, next }), options);
}

function isSame(a: object, b: object): boolean {
  const text = (value: object): string => JSON.stringify(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
  return text(a) === text(b);
}
