import { readFile, readdir, readlink } from "node:fs/promises";

/** Ends what still runs in `folder`, or was started with it among its words; answers what that was. Without /proc nothing is found. */
export async function killStrays(folder: string): Promise<readonly string[]> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(pids.map(async (pid) => ((await isBelow(pid, folder)) ? [`${pid} (${await wordsOf(pid)})`] : [])));
  for (const stray of found.flat()) end(Number.parseInt(stray, 10));
  return found.flat();
}

async function isBelow(pid: string, folder: string): Promise<boolean> {
  const directory = await readlink(`/proc/${pid}/cwd`).catch(() => "");
  return directory === folder || directory.startsWith(`${folder}/`) || (await wordsOf(pid)).includes(`${folder}/`);
}

async function wordsOf(pid: string): Promise<string> {
  return (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ").trim();
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It went by itself meanwhile.
  }
}
