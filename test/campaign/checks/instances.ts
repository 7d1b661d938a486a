import type { Evidence, Settled } from "../evidence.ts";

/** Everything was mended, so no reason to hold is left: each runs the pin, alone, and answers. */
export function astrayInstances({ settled }: Evidence): readonly string[] {
  return settled.flatMap(wrong);
}

function wrong({ answers, head, pin, processes, record }: Settled): readonly string[] {
  const { instance, reason, revision, status, version } = record;
  return [
    ...(status === "in-sync" ? [] : [`${instance} is ${status} (${reason?.code ?? "no reason"}), and nothing was left broken`]),
    ...(version === pin ? [] : [`${instance} runs ${version ?? "nothing"}, the pin is ${pin}`]),
    ...(revision === head ? [] : [`${instance} has applied revision ${revision}, the head is ${head}`]),
    ...(processes <= 2 ? [] : [`${instance} has ${processes} processes: ${processes - 2} of them orphans`]),
    ...(processes >= 2 && answers ? [] : [`${instance} lost its service`]),
  ];
}
