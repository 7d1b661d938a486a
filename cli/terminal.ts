import type { Readable, Writable } from "node:stream";
import { type Result, err, ok } from "../core/model/result.ts";
import type { Input, Output } from "./world.ts";

/** A terminal, where it says so; else a pipe or a file. */
export type InStream = Readable & { readonly isTTY?: boolean };
export type OutStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

const DEFAULT_COLUMNS = 80;

/** A stream of the process. A reader that went away (`| head -1`) is no fault: what is left is thrown away in silence. */
export function outputOf(stream: OutStream, onClosed: () => void): Output {
  let closed = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    closed = true;
    onClosed();
  });
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.isTTY === true ? stream.columns || DEFAULT_COLUMNS : DEFAULT_COLUMNS;
    },
    write: (text) => {
      if (!closed && text !== "") stream.write(text);
    },
  };
}

/** Nothing touches stdin before it is needed: it would keep the process alive. */
export function inputOf(stdin: InStream, echo: OutStream): Input {
  return {
    isTerminal: stdin.isTTY === true,
    readAll: (signal) => readAll(stdin, signal),
    readLine: (signal) => readLine(stdin, echo, signal),
  };
}

/** Undefined where it is no UTF-8: it would come back from Consul as something else. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

async function readAll(stdin: InStream, signal: AbortSignal): Promise<Result<string, string>> {
  const chunks: Buffer[] = [];
  const stop = (): void => void stdin.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of stdin) chunks.push(chunk as Buffer);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  const text = decodeText(Buffer.concat(chunks));
  return text === undefined ? err("what stdin holds is no UTF-8 text") : ok(text);
}

async function readLine(stdin: InStream, echo: OutStream, signal: AbortSignal): Promise<string | undefined> {
  const { createInterface } = await import("node:readline");
  if (signal.aborted) return undefined;
  // Not a terminal to readline: it would take Ctrl-C away from the process.
  const lines = createInterface({ input: stdin, output: echo, terminal: false });
  return new Promise((resolve) => {
    const done = (line: string | undefined): void => {
      // Before closing, which says `close` at once: the first answer counts.
      resolve(line);
      signal.removeEventListener("abort", stop);
      lines.close();
      stdin.pause();
    };
    const stop = (): void => done(undefined);
    lines.once("line", done);
    lines.once("close", stop);
    signal.addEventListener("abort", stop, { once: true });
  });
}
