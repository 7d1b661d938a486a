import { type Result, err, ok } from "../core/model/result.ts";
import { watchFile } from "./files/watch-file.ts";
import { loadConsulAccess, secretsOf, watchConsulAccess } from "./consul-access.ts";
import { type Incarnation, type Reading, type Surroundings, startIncarnation } from "./incarnation.ts";
import type { Successor } from "./upgrade/successor.ts";
import { type LoadedFile, loadAgentFile } from "./load-file.ts";
import type { Environment } from "./redact.ts";
import { type SignalFlag, createSignalFlag } from "./loop/signal-flag.ts";

export interface Signals {
  readonly stop: AbortSignal;
  readonly onReload: (reload: () => void) => void;
  readonly onUpgrade: (upgrade: () => void) => void;
}

/** How long signing off may take, process and Consul included, before the agent ends all the same. */
const SIGN_OFF_MS = 60_000;

/** New connections are another's by then, so there is no hurry: hardly a client that is alive says nothing for so long. */
const HANDED_SILENCE_MS = 5_000;
/** What routers still carry, WebSockets too. */
const HANDED_LIMIT_MS = 60_000;

/** From the first incarnation to the last. A file that can't be used is told, and the one before it stays in force. */
export async function live(first: LoadedFile, around: Surroundings, { onReload, onUpgrade, stop }: Signals): Promise<Result<"signed-off" | "handed-over", readonly string[]>> {
  const asked = createSignalFlag();
  let upgradeAsked = false;
  onUpgrade(() => {
    upgradeAsked = true;
    asked.raise();
  });
  const wantsUpgrade = (): boolean => {
    const wants = upgradeAsked;
    upgradeAsked = false;
    return wants;
  };
  onReload(() => asked.raise());
  // Only a watch that stands notices, so what changed since the file was read is looked for once.
  await watchFile(first.path, () => asked.raise(), { signal: stop, onFault: (message) => around.log.warn({ event: "watch" }, `${first.path} is not watched any more (${message}); send SIGHUP after changing it`) });
  asked.raise();
  const access = await loadConsulAccess(first, around);
  if (!access.ok) return access;
  let reading: Reading = { loaded: first, access: access.value };
  let good: Reading | undefined;
  for (;;) {
    const started = await startIncarnation(reading, around);
    if (!started.ok) {
      if (good === undefined || good === reading) return err(started.fault);
      for (const problem of started.fault) around.log.error({ event: "reload-failed" }, `${problem}; the file before it stays in force`);
      reading = good;
      continue;
    }
    good = reading;
    around.crashes.knows([secretsOf(reading.access), ...environmentsOf(reading.loaded)]);
    around.log.info({ event: "started", file: reading.loaded.path, service: reading.loaded.file.service }, "the agent runs");
    for (const exposed of reading.access.exposed) around.log.warn({ event: "exposed" }, exposed);
    const next = await liveOnce(started.value, reading, around, { asked, stop, wantsUpgrade });
    if (next.kind !== "reading") {
      await around.audit.close();
      return ok(next.kind);
    }
    reading = next.reading;
  }
}

interface Asks {
  readonly asked: SignalFlag;
  readonly stop: AbortSignal;
  /** Whether somebody asked for it since this was asked last. */
  readonly wantsUpgrade: () => boolean;
}

/** What one incarnation ends with. */
type Next = { readonly kind: "reading"; readonly reading: Reading } | { readonly kind: "signed-off" } | { readonly kind: "handed-over" };
type Turn = { readonly kind: "reading"; readonly reading: Reading } | { readonly kind: "successor"; readonly successor: Successor } | { readonly kind: "end" };

/** Signing off is the only way the agent may end, but for handing over to another. */
async function liveOnce(incarnation: Incarnation, reading: Reading, around: Surroundings, asks: Asks): Promise<Next> {
  const { agent } = incarnation;
  const { stop } = asks;
  const over = new AbortController();
  const ends = AbortSignal.any([stop, over.signal]);
  const running = agent.run(ends);
  void agent.resumed().then(() => around.upgrade.onServing());
  void watchConsulAccess(reading.access, () => asks.asked.raise(), { log: around.log, signal: ends });
  const turn = await Promise.race([nextTurn(incarnation, reading, around, asks, ends), running.then((): Turn => ({ kind: "end" }))]);
  over.abort();
  await running;
  if (turn.kind === "successor") return handOver(incarnation, reading, around, turn.successor, stop);
  const ended = turn.kind === "end" || stop.aborted;
  if (ended) await agent.signOff(AbortSignal.timeout(SIGN_OFF_MS));
  else await agent.letGo();
  await incarnation.close(false);
  return ended ? { kind: "signed-off" } : turn;
}

/**
 * Order: this agent lets go of process and record, which stay as they are; the other takes them; then this one closes its
 * doors, and goes when what it still carries has ended. Until the other serves, local HTTP and the inbound port are served here.
 */
async function handOver(incarnation: Incarnation, reading: Reading, { audit, inbound, log, routers, upgrade }: Surroundings, successor: Successor, stop: AbortSignal): Promise<Next> {
  await incarnation.agent.letGo();
  // The other has the same file.
  audit.allowRotation(false);
  const taken = await successor.takeOver();
  if (!taken.ok) {
    log.error({ event: "upgrade-failed" }, `${taken.fault}; this agent goes on`);
    audit.allowRotation(true);
    await upgrade.takeBack();
    await incarnation.close(false);
    return { kind: "reading", reading };
  }
  log.info({ event: "handed-over", pid: successor.pid }, `the new agent, pid ${successor.pid}, serves; this one ends when what it still carries has ended`);
  await incarnation.close(true);
  await Promise.all([inbound.leave(HANDED_SILENCE_MS), routers.leave({ silenceMs: HANDED_SILENCE_MS, limitMs: HANDED_LIMIT_MS })]);
  if (stop.aborted) successor.stop();
  return { kind: "handed-over" };
}

/** Waits for a reload that changes something, or for another agent that is ready to take over. */
async function nextTurn(incarnation: Incarnation, { access, loaded: current }: Reading, around: Surroundings, { asked, wantsUpgrade }: Asks, signal: AbortSignal): Promise<Turn> {
  const { log } = around;
  for (;;) {
    await asked.wait(signal);
    if (signal.aborted) return { kind: "end" };
    // First, since it holds whatever is wrong with the file.
    await incarnation.agent.lookForLocalPin();
    if (wantsUpgrade()) {
      log.info({ event: "upgrade" }, "another agent is started to take over");
      const successor = await around.upgrade.start({ inbound: around.inbound.current()?.listener, listen: incarnation.listener, ...around.routers.sockets() });
      if (successor.ok) return { kind: "successor", successor: successor.value };
      log.error({ event: "upgrade-failed" }, `${successor.fault}; this agent goes on`);
      continue;
    }
    const reading = await readAgain(current, around);
    if (!reading.ok) {
      for (const problem of reading.fault) log.error({ event: "bad-file" }, problem);
    } else if (reading.value.loaded.text !== current.text) {
      log.info({ event: "reload", file: current.path }, "the agent's file changed");
      return { kind: "reading", reading: reading.value };
    } else if (reading.value.access.fingerprint !== access.fingerprint) {
      log.info({ event: "credentials" }, "Consul's token or certificates changed on disk; they are used from now on");
      return { kind: "reading", reading: reading.value };
    } else {
      incarnation.agent.retry();
    }
  }
}

/** Each fault says what stays in force. */
async function readAgain(current: LoadedFile, around: Surroundings): Promise<Result<Reading, readonly string[]>> {
  const loaded = await loadAgentFile(current.path);
  if (!loaded.ok) return err(loaded.fault.map((problem) => `${problem}; the file before it stays in force`));
  const fixed = fixedDifferences(current, loaded.value);
  if (fixed.length > 0) return err([`${fixed.join(", ")} can't change while the agent runs; the file before it stays in force. Stop this agent and start it again`]);
  const access = await loadConsulAccess(loaded.value, around);
  return access.ok ? ok({ loaded: loaded.value, access: access.value }) : err(access.fault.map((problem) => `${problem}; what was read before stays in force`));
}

/** Who the agent is, and where it keeps what it knows: another answer is another agent, and this one has to sign off first. */
const FIXED = ["service", "instance", "prefix", "state"] as const;

function fixedDifferences({ file: before }: LoadedFile, { file: after }: LoadedFile): readonly string[] {
  return FIXED.filter((key) => before[key] !== after[key]);
}

/** What its file gives to what it runs. */
function environmentsOf({ file }: LoadedFile): readonly Environment[] {
  return file.appliers.flatMap((applier) => ("process" in applier ? [applier.process.environment] : "exec" in applier ? [applier.exec.environment] : []));
}
