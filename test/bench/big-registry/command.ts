import { spawn } from "node:child_process";
import { now } from "../measure/now.ts";

export interface Measured {
  readonly ms: number;
  /** The most it ever had in memory. */
  readonly rssMib: number;
}

/** Says it on file descriptor 3 as its last word; kibibytes. */
const TELL = 'import{writeSync}from"node:fs";process.on("exit",()=>writeSync(3,String(process.resourceUsage().maxRSS)))';

/** One command to its end, which must be 0, or 3 where it has something to find. */
export async function measureCommand(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<Measured> {
  const startedAt = now();
  const child = spawn(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(TELL)}`, ...argv], { stdio: ["ignore", "ignore", "pipe", "pipe"], env });
  const [said, told]: [Buffer[], Buffer[]] = [[], []];
  child.stderr?.on("data", (chunk: Buffer) => said.push(chunk));
  child.stdio[3]?.on("data", (chunk: Buffer) => told.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0 && code !== 3) throw new Error(`rollpin ${argv.slice(1).join(" ")} ended with ${code}: ${Buffer.concat(said).toString()}`);
  return { ms: now() - startedAt, rssMib: Number(Buffer.concat(told).toString()) / 1024 };
}
