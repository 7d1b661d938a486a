import { brokenLinks } from "../../support/history.ts";
import type { Acknowledged, Evidence } from "../evidence.ts";

/** Every history is linear, and holds each acknowledged change once, at the revision that was told. */
export function brokenHistory({ acknowledged, histories }: Pick<Evidence, "acknowledged" | "histories">): readonly string[] {
  const broken = Object.entries(histories).flatMap(([service, history]) => brokenLinks(history).map((what) => `${service}: ${what}`));
  const lost = acknowledged.flatMap(({ plan, services }) =>
    services.flatMap(({ revision, service }) => {
      const found = (histories[service] ?? []).filter((entry) => entry.plan === plan).map((entry) => entry.revision);
      return found.length === 1 && found[0] === revision ? [] : [`${service}: plan ${plan} was acknowledged as revision ${revision}, history has it at [${found.join(", ")}]`];
    }),
  );
  return [...broken, ...lost, ...outOfOrder(acknowledged)];
}

/** What was acknowledged before another change began stands before it. */
function outOfOrder(acknowledged: readonly Acknowledged[]): readonly string[] {
  return acknowledged.flatMap((later) =>
    acknowledged
      .filter((earlier) => earlier.endedMs < later.startedMs)
      .flatMap((earlier) =>
        later.services.flatMap(({ revision, service }) => {
          const before = earlier.services.find((one) => one.service === service);
          return before !== undefined && before.revision >= revision ? [`${service}: ${earlier.plan} ended before ${later.plan} began, but has revision ${before.revision}, not below ${revision}`] : [];
        }),
      ),
  );
}
