import type { Socket } from "node:net";
import { type Clock, callAfter } from "../../core/clock.ts";
import type { Unanswered } from "../../core/decide/routing/determine-retry.ts";

export interface FirstWordDeps {
  readonly clock: Clock;
  /** Milliseconds that an instance may be silent for from the start, or from its client's first byte. */
  readonly silenceMs: number;
  readonly isSilenceTelling: (hasClientSpoken: boolean) => boolean;
  readonly onSpoken: (hasClientSpoken: boolean) => void;
  /** It closed without a word, or its time is over: it is broken off then. */
  readonly onSilent: (how: Unanswered["kind"]) => void;
}

/** Listens to a connection that nobody reads until its instance has said a byte. To be called before its streams are joined. */
export function awaitFirstWord(client: Socket, server: Socket, { clock, isSilenceTelling, onSilent, onSpoken, silenceMs }: FirstWordDeps): void {
  let isDecided = false;
  let cancel = (): void => undefined;
  const decide = (): boolean => {
    const first = !isDecided;
    isDecided = true;
    cancel();
    return first;
  };
  const hasSpoken = (): boolean => client.bytesRead > 0;
  const wait = (): void => {
    cancel();
    if (!isDecided) cancel = callAfter(clock, silenceMs, over);
  };
  const over = (): void => {
    // Others may be heard by then.
    if (!isSilenceTelling(hasSpoken())) return wait();
    if (!decide()) return;
    onSilent("late");
    server.resetAndDestroy();
  };
  const ended = (): void => {
    if (!decide()) return;
    // A client that has ended needs no answer.
    if (!client.readableEnded && !client.destroyed && isSilenceTelling(hasSpoken())) onSilent("lost");
  };
  wait();
  client.once("data", wait);
  server.once("data", () => decide() && onSpoken(hasSpoken()));
  server.once("end", ended).once("error", ended).once("close", ended);
}
