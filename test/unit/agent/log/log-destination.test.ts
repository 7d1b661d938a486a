import { describe, expect, it } from "vitest";
import { createLogDestination } from "../../../../agent/log-destination.ts";

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** Lines written while `fails` says no. */
function destination() {
  const rig = { fails: undefined as string | undefined, most: Infinity, calls: 0, text: "" };
  const log = createLogDestination({ now: () => 0 }, (bytes) => {
    rig.calls += 1;
    if (rig.fails !== undefined) throw failure(rig.fails);
    const taken = bytes.subarray(0, rig.most);
    rig.text += Buffer.from(taken).toString();
    return taken.length;
  });
  return { rig, log };
}

describe("the log's destination", () => {
  it("writes whole lines, however little is taken at once", () => {
    const { log, rig } = destination();
    rig.most = 3;
    log.write("a line\n");
    expect(rig.text).toBe("a line\n");
  });

  it.each(["ENOSPC", "EROFS", "EPIPE", "EIO"])("drops what can't be written (%s), goes on, and says how many lines were lost", (code) => {
    const { log, rig } = destination();
    log.write("one\n");
    rig.fails = code;
    log.write("two\n");
    log.write("three\n");
    expect(rig.calls).toBe(3);
    rig.fails = undefined;
    log.write("four\n");
    log.write("five\n");
    const [first, notice, ...rest] = rig.text.trimEnd().split("\n");
    expect([first, ...rest]).toEqual(["one", "four", "five"]);
    expect(JSON.parse(notice ?? "")).toEqual({ level: "warn", time: "1970-01-01T00:00:00.000Z", event: "log-lost", lost: 2, message: "2 lines of this log could not be written" });
  });

  it("gives a slow reader a few chances, and one that hangs no more than one for each line", () => {
    const { log, rig } = destination();
    rig.fails = "EAGAIN";
    log.write("one\n");
    const first = rig.calls;
    log.write("two\n");
    expect(first).toBeGreaterThan(1);
    expect(rig.calls).toBe(first + 1);
  });
});
