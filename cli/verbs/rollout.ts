import { type Command, InvalidArgumentError, Option } from "commander";
import type { RolloutShape } from "../../core/decide/rollout/rollout-steps.ts";
import { parseDuration } from "../../core/config/values.ts";
import { STABLE, parseTrack } from "../../core/model/names.ts";
import { failed, usage } from "../ending.ts";
import { type ChangeFlags, addChangeFlags, argument, serviceArgument, trackArgument, versionArgument } from "../flags.ts";
import type { Run, Session } from "../session.ts";

interface StartFlags extends ChangeFlags {
  readonly steps?: readonly number[];
  readonly hold: number;
  readonly bake: number;
  readonly track?: string;
  readonly tracks?: readonly string[];
  readonly blueGreen?: boolean;
  readonly preview?: { readonly header: string; readonly value: string };
}

const DEFAULT_STEPS = [1, 5, 25, 50, 100];

export function declare(command: Command, run: Run): void {
  addChangeFlags(command.command("start"), { waits: false, overrides: true })
    .description("Begin a change in steps, each judged by the service's policy before the next.")
    .argument("<service>", "the service", serviceArgument)
    .argument("<version>", "the version that it leads to", versionArgument)
    .addOption(new Option("--steps <shares>", "which shares of the traffic it gets, one after the other (default: 1%,5%,25%,50%,100%)").argParser(parseSteps).conflicts(["tracks", "blueGreen"]))
    .option("--hold <duration>", "how long each step must stand", argument(parseDuration), 300_000)
    .option("--bake <duration>", "how long it must stand at the end, before it is good", argument(parseDuration), 600_000)
    .addOption(new Option("--track <track>", "whose instances run it first (default: canary; green with --blue-green)").argParser(trackArgument).conflicts("tracks"))
    .addOption(new Option("--tracks <tracks>", "by instances: pin these tracks, one after the other, and stable at last").argParser(parseTracks).conflicts("blueGreen"))
    .option("--blue-green", "all traffic at once, to a track that is looked at before")
    .addOption(new Option("--preview <header=value>", "with --blue-green: requests with that header see it first").argParser(parsePreview))
    .action((service: string, version: string, flags: StartFlags) => run((session) => start(session, service, version, flags)));
  command
    .command("status")
    .description("Print the rollout under way, or the last.")
    .argument("<service>", "the service", serviceArgument)
    .action((service: string) =>
      run(async (session) => {
        const { showRollout } = await import("../rollout/move-rollout.ts");
        return showRollout(session, service);
      }),
    );
  declareWords(command, run);
}

function declareWords(command: Command, run: Run): void {
  const word = (name: string, description: string): Command => addChangeFlags(command.command(name), { waits: name === "abort", overrides: name === "retry" }).description(description).argument("<service>", "the service", serviceArgument);
  const moves = () => import("../rollout/move-rollout.ts");
  word("pause", "Take no further step until it is resumed; what turns out bad goes back all the same.").action((service: string, flags: ChangeFlags) =>
    run(async (session) => (await moves()).moveRollout(session, service, { kind: "pause", reason: flags.reason }, flags)),
  );
  word("resume", "Go on where it was paused.").action((service: string, flags: ChangeFlags) => run(async (session) => (await moves()).moveRollout(session, service, { kind: "resume" }, flags)));
  word("promote", "Take the next step now, whatever is left of this one's hold.")
    .option("--all", "and those that follow; only the last one's hold is kept")
    .action((service: string, flags: ChangeFlags & { readonly all?: boolean }) => run(async (session) => (await moves()).moveRollout(session, service, { kind: "promote", all: flags.all === true }, flags)));
  word("abort", "Go back to where it began. Nothing is condemned.").action((service: string, flags: ChangeFlags) => run(async (session) => (await moves()).abortRollout(session, service, flags)));
  word("retry", "Begin the same steps again, after it was turned back, aborted or overtaken.").action((service: string, flags: ChangeFlags) =>
    run(async (session) => {
      const { retryRollout } = await import("../rollout/start-rollout.ts");
      return retryRollout(session, service, flags);
    }),
  );
}

async function start(session: Session, service: string, version: string, flags: StartFlags) {
  if (flags.preview !== undefined && flags.blueGreen !== true) return failed(usage("--preview goes with --blue-green: other rollouts show a version to a share of all"));
  if (flags.track === STABLE) return failed(usage(`--track ${STABLE} is what a rollout ends with: name the track whose instances run the version first`));
  const { startRollout } = await import("../rollout/start-rollout.ts");
  return startRollout(session, service, { version, shape: shapeOf(flags) }, flags);
}

function shapeOf({ bake, blueGreen, hold, preview, steps, track, tracks }: StartFlags): RolloutShape {
  const times = { holdMs: hold, bakeMs: bake };
  if (blueGreen === true) return { kind: "blue-green", track: track ?? "green", preview, ...times };
  if (tracks !== undefined) return { kind: "instances", tracks, ...times };
  return { kind: "traffic", track: track ?? "canary", percentages: steps ?? DEFAULT_STEPS, ...times };
}

const MOST_STEPS = 20;

function parseSteps(text: string): readonly number[] {
  const shares = text.split(",").map((share) => Number(/^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(share.trim())?.[1]));
  const isRising = shares.every((share, index) => share > (shares[index - 1] ?? 0) && share <= 100);
  if (!isRising || shares.length > MOST_STEPS) throw new InvalidArgumentError(`${JSON.stringify(text)} are no steps: write at most ${MOST_STEPS} rising shares, such as 1%,5%,25%,50%,100%`);
  return shares;
}

function parseTracks(text: string): readonly string[] {
  const tracks = text.split(",").map((track) => track.trim());
  const bad = tracks.map(parseTrack).find((track) => !track.ok);
  if (bad?.ok === false) throw new InvalidArgumentError(bad.fault);
  if (new Set(tracks).size < tracks.length) throw new InvalidArgumentError(`${JSON.stringify(text)} names a track twice`);
  return tracks;
}

function parsePreview(text: string): { readonly header: string; readonly value: string } {
  const [, header, value] = /^([A-Za-z0-9_-]{1,128})=(.{1,256})$/.exec(text) ?? [];
  if (header === undefined || value === undefined) throw new InvalidArgumentError(`${JSON.stringify(text)} is no header with its value: write x-preview=on`);
  return { header: header.toLowerCase(), value };
}
