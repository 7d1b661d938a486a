import { describe, expect, it } from "vitest";
import { createCachedAnswers } from "../../../core/store/consul/cached-answers.ts";
import { instantClock } from "./instant-clock.ts";

const dated = (second: number) => ({ date: new Date(Date.parse("2026-03-01T12:00:00Z") + second * 1_000).toUTCString() });

describe("answers that a cache had kept", () => {
  it.each([
    ["an age", { age: "5" }, true],
    ["an age of nothing", { age: "0" }, false],
    ["an age that is no number", { age: "young" }, false],
    ["no age, no date", {}, false],
  ])("%s", (_, headers, isDoubted) => {
    expect(createCachedAnswers(instantClock()).doubt(headers) !== undefined).toBe(isDoubted);
  });

  it("are known by a date that was heard ten seconds ago or longer, and are believed again with a new one", () => {
    const clock = instantClock();
    const answers = createCachedAnswers(clock);
    expect(answers.doubt(dated(0))).toBeUndefined();
    clock.advance(9_999);
    expect(answers.doubt(dated(0))).toBeUndefined();
    clock.advance(1);
    expect(answers.doubt(dated(0))).toBe("it is dated Sun, 01 Mar 2026 12:00:00 GMT, as another was that came 10 s before; a cache stands between here and Consul: it must not keep answers of /v1/");
    expect(answers.doubt(dated(10))).toBeUndefined();
  });

  it("are not those of a Consul whose clock was set back", () => {
    const clock = instantClock();
    const answers = createCachedAnswers(clock);
    for (const second of [3_600, 3_630, 3_660, 0, 30, 60]) {
      expect(answers.doubt(dated(second))).toBeUndefined();
      clock.advance(30_000);
    }
  });

  it("are known a day later, whatever came between", () => {
    const clock = instantClock();
    const answers = createCachedAnswers(clock);
    answers.doubt(dated(0));
    for (let second = 1; second <= 10; second += 1) answers.doubt(dated(second));
    clock.advance(86_400_000);
    expect(answers.doubt(dated(0))).toContain("86400 s before");
  });
});
