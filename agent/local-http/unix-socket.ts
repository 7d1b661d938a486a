import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { type Result, err, ok } from "../../core/model/result.ts";

/** Makes way for a socket at `path`: one that nobody listens on any more is removed; a live one, or a file, is left alone. */
export async function clearSocketPath(path: string): Promise<Result<void, string>> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? undefined : error));
  if (found === undefined) return ok(undefined);
  if (found instanceof Error) return err(`unix:${path} can't be looked at: ${found.message}`);
  if (!found.isSocket()) return err(`unix:${path} is a file, not a socket: move it away, or write another path into "listen"`);
  if (await isAlive(path)) return err(`unix:${path} is in use: another agent listens there; give each agent a socket of its own`);
  await unlink(path).catch(() => undefined);
  return ok(undefined);
}

async function isAlive(path: string): Promise<boolean> {
  return await new Promise((answer) => {
    const socket = connect(path);
    const end = (alive: boolean): void => {
      socket.destroy();
      answer(alive);
    };
    socket.once("connect", () => end(true));
    // Refused: nobody listens. Any other trouble, such as a full queue, is no proof that nobody does.
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"));
    socket.setTimeout(1000, () => end(true));
  });
}
