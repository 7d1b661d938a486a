/** Renders a file from desired state and live instances, and has whoever reads it reload. */
import type { TemplateSettings } from "../../core/config/agent-file.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { Log } from "../log.ts";
import { createRefresher } from "../template/refresher.ts";
import { type Rendering, type RenderingDependencies, createRendering } from "../template/rendering.ts";
import type { TargetFile } from "../template/target-file.ts";
import { isSameTarget } from "../loop/intent.ts";
import type { Applied, Applier, ApplierFault, Change } from "./applier.ts";
import { createTurns } from "./turns.ts";

export interface TemplateDependencies extends RenderingDependencies {
  readonly log: Log;
}

export interface TemplateApplier extends Applier {
  /**
   * Endpoints changed outside of a change: renders again, after the quiescence of the burst that this call belongs to.
   * All calls of a burst share one answer; the signal of its first one counts. While a change is under way nothing is
   * rendered (the answer is a success); it is made good when the change has settled or is undone.
   */
  refresh(signal: AbortSignal): Promise<Applied>;
}

const NAME = "template";

/** What the applier remembers between calls. */
interface Memory {
  /** What `refresh` renders. */
  settled?: Change | undefined;
  /** Between `apply` and its `settle` or `undo`; `before` is undefined where nothing was written. */
  underway?: { readonly before: TargetFile | undefined } | undefined;
  /** A refresh came while a change was under way. */
  missed: boolean;
}

export function createTemplateApplier(settings: TemplateSettings, dependencies: TemplateDependencies): TemplateApplier {
  const rendering = createRendering(settings, dependencies);
  const { target } = rendering;
  const inTurn = createTurns();
  const closed = new AbortController();
  const memory: Memory = { missed: false };
  const install = createLoggedInstall(rendering, dependencies.log);

  const refresher = createRefresher(settings.quiescence, dependencies.clock, (signal) => inTurn(async () => await renderAgain(memory, install, signal)));
  const refresh = async (signal: AbortSignal): Promise<Applied> => await refresher.request(AbortSignal.any([signal, closed.signal]));
  const end = async (next: Partial<Memory>): Promise<void> => {
    const { missed } = memory;
    Object.assign(memory, { ...next, underway: undefined, missed: false });
    if (!missed || closed.signal.aborted) return;
    const refreshed = await refresh(closed.signal);
    if (!refreshed.ok) dependencies.log.warn({ applier: NAME, target, reason: refreshed.fault.message }, "could not render a file again");
  };

  return {
    name: NAME,
    // Whoever reads the file goes on serving while it reloads.
    disturbs: ({ from, restart, to }) => (from === undefined || (isSameTarget(from, to) && !restart) ? "nothing" : "beside"),
    check: async (change) => {
      const rendered = await rendering.render(change);
      return rendered.ok ? ok(undefined) : faulty("refused", rendered.fault);
    },
    apply: async (change, signal) =>
      await inTurn(async () => {
        const installed = await install(change, signal);
        if (!installed.ok) return installed;
        memory.underway = { before: installed.value };
        return ok(undefined);
      }),
    verify: async () => ((await rendering.isInPlace()) ? ok(undefined) : faulty("failed", `${target} is not what its template gave: something else writes it; find out what does`)),
    undo: async (change) => {
      const before = memory.underway?.before;
      const undone = await inTurn(async () => (before === undefined ? ok(undefined) : await rendering.restore(before, change)));
      void end({});
      return undone.ok ? ok(undefined) : faulty("broken", `${target}: ${undone.fault}`);
    },
    settle: async (change) => {
      void end({ settled: change });
    },
    close: async () => {
      closed.abort();
      await inTurn(async () => undefined);
    },
    refresh,
  };
}

type Install = (change: Change, signal: AbortSignal) => Promise<Result<TargetFile | undefined, ApplierFault>>;

function createLoggedInstall(rendering: Rendering, log: Log): Install {
  return async (change, signal) => {
    const installed = await rendering.install(change, signal);
    if (!installed.ok) return faulty(installed.fault.kind, installed.fault.message);
    if (installed.value !== undefined) log.info({ applier: NAME, target: rendering.target, revision: change.revision }, "wrote a file from its template");
    return installed;
  };
}

async function renderAgain(memory: Memory, install: Install, signal: AbortSignal): Promise<Applied> {
  if (signal.aborted) return faulty("superseded", "nothing was rendered again: the agent stops");
  if (memory.underway !== undefined) {
    memory.missed = true;
    return ok(undefined);
  }
  if (memory.settled === undefined) return ok(undefined);
  const installed = await install(memory.settled, signal);
  return installed.ok ? ok(undefined) : installed;
}

function faulty(kind: ApplierFault["kind"], message: string): Result<never, ApplierFault> {
  return err({ applier: NAME, kind, message });
}
