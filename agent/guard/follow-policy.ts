import { policyKey } from "../../core/store/keys.ts";
import type { SignalDeps } from "./signal.ts";
import { watchForNews } from "./signals/watch-for-news.ts";

/** Hears of another policy while this agent leads: one that is stricter, or only says what it would do, waits for no look. */
export interface PolicyFollower {
  begin(): void;
  end(): Promise<void>;
}

export function followPolicy(deps: Pick<SignalDeps, "clock" | "news" | "random" | "service" | "store" | "watches">): PolicyFollower {
  let watching: ReturnType<typeof watchForNews> | undefined;
  return {
    begin: () => void (watching ??= watchForNews(policyKey(deps.service), { ...deps, onReading: () => deps.news() })),
    async end() {
      const ending = watching;
      watching = undefined;
      await ending?.close();
    },
  };
}
