import { cutRoad } from "./nemeses/cut-road.ts";
import { garbagePin } from "./nemeses/garbage-pin.ts";
import { garbageRecord } from "./nemeses/garbage-record.ts";
import { killAgent } from "./nemeses/kill-agent.ts";
import { killCli } from "./nemeses/kill-cli.ts";
import { killConsul } from "./nemeses/kill-consul.ts";
import { killService } from "./nemeses/kill-service.ts";
import type { Nemesis } from "./nemeses/nemesis.ts";
import { pauseAgent } from "./nemeses/pause-agent.ts";
import { pauseConsul } from "./nemeses/pause-consul.ts";
import { badRoad } from "./nemeses/bad-road.ts";
import type { FaultKind } from "./schedule.ts";

/** A new fault is a file and a line here, and its name in the schedule. */
export const nemeses: Readonly<Record<FaultKind, Nemesis>> = {
  "kill-agent": killAgent,
  "kill-service": killService,
  "kill-consul": killConsul,
  "kill-cli": killCli,
  "pause-agent": pauseAgent,
  "pause-consul": pauseConsul,
  "cut-road": cutRoad,
  "slow-road": badRoad("slow"),
  "black-hole": badRoad("black-hole"),
  "garbage-pin": garbagePin,
  "garbage-record": garbageRecord,
};
