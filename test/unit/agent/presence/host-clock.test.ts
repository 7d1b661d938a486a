import { expect, it } from "vitest";
import { createHostClock } from "../../../../agent/presence/host-clock.ts";
import { createLogger } from "../../../../agent/log.ts";

it("tells a clock that was set once, a slow drift never again, and that it is right again", () => {
  let offset = 0;
  const lines: string[] = [];
  const log = createLogger({ level: "info", base: {}, destination: { write: (line: string) => void lines.push(line) } });
  const clock = createHostClock({ clockOffsetMs: () => offset }, log);
  const look = (ms: number) => {
    offset = ms;
    return [clock.look(), clock.offsetMs()];
  };
  expect(look(0)).toEqual([false, undefined]);
  expect(look(-3_599_900)).toEqual([true, -3_600_000]);
  expect(look(-3_602_100)).toEqual([false, -3_600_000]);
  expect(look(-3_605_000)).toEqual([true, -3_605_000]);
  expect(look(1_767_225_600_100)).toEqual([true, 1_767_225_600_000]);
  expect(look(0)).toEqual([true, undefined]);
  expect(lines.map((line) => (JSON.parse(line) as { message: string }).message.split(":")[0])).toEqual([
    "this host's clock is 3600 s ahead of Consul's",
    "this host's clock is 3605 s ahead of Consul's",
    "this host's clock is 1767225600 s behind Consul's",
    "this host's clock and Consul's agree again",
  ]);
});
