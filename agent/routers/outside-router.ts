/** What is alike in routers whose requests another process carries: this one only says where to. */
import type { HoldReason } from "../loop/intent.ts";
import type { Waiting } from "../proxy/waiting.ts";
import type { Router, RouterTold } from "./router.ts";
import type { View } from "./view.ts";

export interface OutsideState {
  wanted: View | undefined;
  /** What that process goes by. */
  served: View | undefined;
  /** Nothing goes by a view before it any more. */
  settled: View | undefined;
  fault: HoldReason | undefined;
  /** Turns when any of this changes. */
  readonly stirring: Waiting;
}

/** How long a turn that isn't told of is waited for. */
const LOOK_EVERY_MS = 2_000;

export function outsideRouter(state: OutsideState): Pick<Router, "adjust" | "fault" | "isSettling" | "leave" | "leftOut" | "listener" | "settled" | "view" | "wanted"> {
  const isSettling = (): boolean => state.fault === undefined && state.settled !== state.wanted;
  return {
    listener: undefined,
    view: () => state.served,
    wanted: () => state.wanted,
    fault: () => state.fault,
    isSettling,
    async settled(signal) {
      while (!signal.aborted && isSettling()) await state.stirring.changed(signal, LOOK_EVERY_MS);
    },
    leftOut: () => [],
    adjust: () => undefined,
    leave: () => Promise.resolve(),
  };
}

/** A turn failed: that process goes on as it was. */
export function failTurn(state: OutsideState, fault: HoldReason, event: string, tell: RouterTold): void {
  const isNews = state.fault?.message !== fault.message;
  state.fault = fault;
  if (isNews) tell.warn(event, fault.message);
  state.stirring.turn();
  if (isNews) tell.turned();
}
