import { spawn } from "node:child_process";
import { now } from "../measure/now.ts";

export interface Measured {
  readonly ms: number;
  /** The most it ever had in memory. */
  readonly rssMib: number;
  /** Of all its threads, which a machine that is busy with other things prolongs less than the time. */
  readonly cpuMs: number;
}

/** Says it on file descriptor 3 as its last word; kibibytes and microseconds. */
const TELL = 'import{writeSync}from"node:fs";process.on("exit",()=>{const{maxRSS:a,userCPUTime:b,systemCPUTime:c}=process.resourceUsage();writeSync(3,JSON.stringify([a,b+c]))})';

/** One command to its end, which must be 0, or 3 where it has something to find. */
export async function measureCommand(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<Measured> {
  const startedAt = now();
  const child = spawn(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(TELL)}`, ...argv], { stdio: ["ignore", "ignore", "pipe", "pipe"], env });
  const [said, told]: [Buffer[], Buffer[]] = [[], []];
  child.stderr?.on("data", (chunk: Buffer) => said.push(chunk));
  child.stdio[3]?.on("data", (chunk: Buffer) => told.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const ms = now() - startedAt;
  if (code !== 0 && code !== 3) throw new Error(`rollpin ${argv.slice(1).join(" ")} ended with ${code}: ${Buffer.concat(said).toString()}`);
  const [kibibytes = Number.NaN, microseconds = Number.NaN] = JSON.parse(Buffer.concat(told).toString()) as readonly number[];
  return { ms, rssMib: kibibytes / 1024, cpuMs: microseconds / 1_000 };
}
