import type { Command } from "commander";
import { declareMode } from "../mode.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  declareMode(command, run, "ejected");
}
