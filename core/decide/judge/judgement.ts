/** What a comparison with sound statistics comes to. `undecided`: too little was seen to say either. */
export type Says = "worse" | "no-worse" | "undecided";

/** From a policy's `judge`; what each means to an operator stands in docs/judgement.md. */
export interface CompareSettings {
  /** Above 0 and below 1: a difference that isn't there is reported with at most the remaining probability. */
  readonly confidence: number;
  /** The least difference that counts: for errors a share of all requests (0.005), for latencies a part of the baseline's (0.1). */
  readonly effect: number;
  /** Requests, or measurements, that each side must have seen before anything is said. */
  readonly minSamples: number;
}

/** A bug of the caller's, not something an operator can have written: policies are checked where they are read. */
export function mustBeSettings({ confidence, effect, minSamples }: CompareSettings): void {
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`confidence is ${confidence}, and must be between 0 and 1`);
  if (!(effect >= 0 && effect < Infinity)) throw new RangeError(`effect is ${effect}, and must be 0 or more`);
  if (!(minSamples >= 0)) throw new RangeError(`minSamples is ${minSamples}, and must be 0 or more`);
}

/** Only where stretches contradict each other can there be evidence for both. The fault goes first. */
export function saysOf(chance: number, chanceIfWorse: number, { confidence }: Pick<CompareSettings, "confidence">): Says {
  if (chance <= 1 - confidence) return "worse";
  return chanceIfWorse <= 1 - confidence ? "no-worse" : "undecided";
}
