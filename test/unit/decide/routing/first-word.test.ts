import { describe, expect, it } from "vitest";
import { type Manners, NEVER_HEARD, afterFirstWord, isSilenceTelling } from "../../../../core/decide/routing/first-word.ts";

const answering = afterFirstWord(NEVER_HEARD, true);
const greeting = afterFirstWord(NEVER_HEARD, false);

describe("an instance's silence", () => {
  it.each<[string, Manners, boolean, boolean]>([
    ["of a service that was never heard, whoever waits", NEVER_HEARD, true, false],
    ["of a service that was never heard, nobody waits", NEVER_HEARD, false, false],
    ["of a service that answers, to a client that asked", answering, true, true],
    ["of a service that answers, to a client that may just be early", answering, false, false],
    ["of a service that speaks first, whatever its client says", greeting, false, true],
    ["of a service that speaks first, to a client that was quicker", greeting, true, true],
  ])("%s", (_, manners, hasClientSpoken, is) => {
    expect(isSilenceTelling(manners, hasClientSpoken)).toBe(is);
  });

  it("is judged by all that was ever heard", () => {
    expect(afterFirstWord(answering, false)).toEqual({ greets: true, answers: true });
    expect(afterFirstWord(greeting, true)).toEqual({ greets: true, answers: true });
    expect(afterFirstWord(answering, true)).toBe(answering);
  });
});
