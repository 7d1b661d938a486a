import { badClock, badDisk } from "./nemeses/bad-host.ts";
import { badRoad } from "./nemeses/bad-road.ts";
import { cutRoad } from "./nemeses/cut-road.ts";
import { garbageFile } from "./nemeses/garbage-file.ts";
import { garbageHead, garbagePace, garbagePin, garbageRecord } from "./nemeses/garbage.ts";
import { killAgent } from "./nemeses/kill-agent.ts";
import { killCli } from "./nemeses/kill-cli.ts";
import { killConsul } from "./nemeses/kill-consul.ts";
import { killGroup } from "./nemeses/kill-group.ts";
import { killLeader } from "./nemeses/kill-leader.ts";
import { killService } from "./nemeses/kill-service.ts";
import type { Nemesis } from "./nemeses/nemesis.ts";
import { pauseAgent } from "./nemeses/pause-agent.ts";
import { pauseConsul } from "./nemeses/pause-consul.ts";
import { pauseService } from "./nemeses/pause-service.ts";
import { restoreSnapshot } from "./nemeses/restore-snapshot.ts";
import { revokeToken } from "./nemeses/revoke-token.ts";
import { upgradeAgent } from "./nemeses/upgrade-agent.ts";
import type { FaultKind } from "./schedule.ts";

const HOUR_MS = 3_600_000;

/** A new fault is a file and a line here, and its name in the schedule. */
export const nemeses: Readonly<Record<FaultKind, Nemesis>> = {
  "kill-agent": killAgent,
  "kill-service": killService,
  "kill-group": killGroup,
  "kill-consul": killConsul,
  "kill-leader": killLeader,
  "kill-cli": killCli,
  "pause-agent": pauseAgent,
  "pause-service": pauseService,
  "pause-consul": pauseConsul,
  "cut-road": cutRoad,
  "slow-road": badRoad("slow"),
  "black-hole": badRoad("black-hole"),
  "garbage-pin": garbagePin,
  "garbage-record": garbageRecord,
  "garbage-head": garbageHead,
  "garbage-pace": garbagePace,
  "garbage-file": garbageFile,
  "restore-snapshot": restoreSnapshot,
  "revoke-token": revokeToken,
  "full-disk": badDisk("ENOSPC"),
  "read-only-disk": badDisk("EROFS"),
  "clock-ahead": badClock(2 * HOUR_MS),
  "clock-behind": badClock(-3 * HOUR_MS),
  "upgrade-agent": upgradeAgent,
};
