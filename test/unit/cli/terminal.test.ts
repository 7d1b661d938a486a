import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { inputOf, outputOf } from "../../../cli/terminal.ts";

const never = new AbortController().signal;

function streams() {
  const stdin = new PassThrough();
  return { stdin, input: inputOf(stdin, new PassThrough()) };
}

describe("inputOf", () => {
  it("reads the line that was typed", async () => {
    const { stdin, input } = streams();
    const line = input.readLine(never);
    stdin.write("yes\nmore\n");
    expect(await line).toBe("yes");
  });

  it("has no line at the end of input", async () => {
    const { stdin, input } = streams();
    const line = input.readLine(never);
    stdin.end();
    expect(await line).toBeUndefined();
  });

  it("has no line after Ctrl-C", async () => {
    const { input } = streams();
    const stop = new AbortController();
    const line = input.readLine(stop.signal);
    stop.abort();
    expect(await line).toBeUndefined();
  });

  it("reads all of a pipe, and refuses what is no text", async () => {
    const good = streams();
    good.stdin.end("ü\n");
    expect(await good.input.readAll(never)).toEqual({ ok: true, value: "ü\n" });
    const bad = streams();
    bad.stdin.end(Buffer.from([0xff]));
    expect(await bad.input.readAll(never)).toMatchObject({ ok: false });
  });
});

describe("outputOf", () => {
  it("writes nothing more once its reader has gone, and says so", () => {
    const stream = new PassThrough();
    let closed = 0;
    const output = outputOf(stream, () => (closed += 1));
    output.write("a");
    stream.emit("error", Object.assign(new Error("broken pipe"), { code: "EPIPE" }));
    output.write("b");
    expect({ closed, written: String(stream.read()) }).toEqual({ closed: 1, written: "a" });
  });
});
