/** `rollpin agent --guard-only`: guards services from a host of its own, every one that has a policy or those that its file names. */
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { renderConfigError } from "../../core/config/config-error.ts";
import { type GuardFile, parseGuardFile } from "../../core/config/guard-file.ts";
import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import { messageOf } from "../../core/model/message-of.ts";
import { parseServiceName } from "../../core/model/names.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { ConsulFlags } from "../../core/store/consul/settings.ts";
import { createConsulStore } from "../../core/store/consul/store.ts";
import { lastSegment, policiesRoot } from "../../core/store/keys.ts";
import type { Store } from "../../core/store/port.ts";
import { type ConsulAccess, loadConsulAccess, watchConsulAccess } from "../consul-access.ts";
import type { Log } from "../log.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import { firstOf } from "../process/first-signal.ts";
import type { Environment } from "../redact.ts";
import { type Guarding, createGuarding } from "./attend-guard.ts";
import { createCounted } from "./guard-figures.ts";

export interface GuardOnlyDeps {
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: ConsulFlags;
  readonly hostName: string;
  /** The agent's. */
  readonly version: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly planSuffix: () => string;
  readonly log: (level: GuardFile["logLevel"]) => Log;
  readonly stop: AbortSignal;
  readonly onReload: (reload: () => void) => void;
  readonly knows: (secrets: readonly Environment[]) => void;
}

interface Read {
  readonly file: GuardFile;
  readonly folder: string;
  readonly access: ConsulAccess;
  readonly text: string;
}

/** Until it is told to stop; a file that can't be used at the start is the fault. One that can't be used later leaves the one before it in force. */
export async function guardOnly(deps: GuardOnlyDeps): Promise<Result<void, readonly string[]>> {
  const asked = createSignalFlag();
  deps.onReload(() => asked.raise());
  const first = await readGuardFile(deps);
  if (!first.ok) return first;
  let now = first.value;
  while (!deps.stop.aborted) {
    const log = deps.log(now.file.logLevel);
    deps.knows([{ token: now.access.guard?.token, agentToken: now.access.settings.token }]);
    for (const exposed of now.access.exposed) log.warn({ event: "exposed" }, exposed);
    const over = firstOf(deps.stop);
    const guarding = guardAll(deps, now, log, over.signal);
    void watchConsulAccess(now.access, () => asked.raise(), { log, signal: over.signal });
    now = await nextReading(deps, now, log, asked);
    over.fire();
    await guarding;
  }
  return ok(undefined);
}

/** What it needs before it does anything. */
export async function checkGuardFile(deps: GuardOnlyDeps): Promise<Result<void, readonly string[]>> {
  const read = await readGuardFile(deps);
  return read.ok ? ok(undefined) : read;
}

async function readGuardFile({ env, flags, path }: GuardOnlyDeps): Promise<Result<Read, readonly string[]>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    return err([`${path} can't be read: ${messageOf(error)}; name the guard's file with -c`]);
  }
  const parsed = parseGuardFile(text, basename(path));
  if (!parsed.ok) return err(parsed.fault.map(renderConfigError));
  const folder = dirname(resolve(path));
  const access = await loadConsulAccess({ file: parsed.value, folder }, { env, flags });
  return access.ok ? ok({ file: parsed.value, folder, access: access.value, text }) : access;
}

/** Waits until it is told to read its file again, and something in it, or a token's file, is another. */
async function nextReading(deps: GuardOnlyDeps, now: Read, log: Log, asked: ReturnType<typeof createSignalFlag>): Promise<Read> {
  for (;;) {
    await asked.wait(deps.stop);
    if (deps.stop.aborted) return now;
    const read = await readGuardFile(deps);
    if (!read.ok) for (const problem of read.fault) log.error({ event: "bad-file" }, `${problem}; the file before it stays in force`);
    else if (read.value.text !== now.text || read.value.access.fingerprint !== now.access.fingerprint) return read.value;
  }
}

/** Signals of so many services hear of news; of the rest they are read at each look. By default Consul closes a host's 201st connection. */
const MOST_WATCHED = 40;
const WATCHES_OF_A_SERVICE = 3;
const MOST_ANSWER_BYTES = 8 * 1024 * 1024;
/** How often it is looked for services that have a policy now. */
const LIST_EVERY_MS = 5_000;

async function guardAll(deps: GuardOnlyDeps, { access, file, folder }: Read, log: Log, signal: AbortSignal): Promise<void> {
  const { clock, hostName, planSuffix, random, version } = deps;
  const by = file.name ?? `guard-${hostName}`;
  const store = createConsulStore(access.guard ?? access.settings, { prefix: file.prefix, clock, watchConnections: MOST_WATCHED * WATCHES_OF_A_SERVICE, mostAnswerBytes: MOST_ANSWER_BYTES });
  const over = new AbortController();
  const consulFaults = createCounted();
  const onFault = (fault: StoreFault): void => {
    consulFaults.add(fault.kind);
    log.debug({ event: "consul-fault", kind: fault.kind }, describeStoreFault(fault));
  };
  const guarding = await createGuarding({ store, clock, random, log, by, planSuffix, folder, settings: file.guard, sessionTtlMs: file.sessionTtl, onFault });
  const tending = guarding.run(over.signal);
  const { figures, isSessionAlive } = guarding;
  const unready = (): string | undefined => (isSessionAlive() ? undefined : `${by} has no session in Consul, so it can guard nothing: its log says why`);
  const serving = file.listen === undefined ? undefined : (await import("./guard-only-http.ts")).keepGuardHttp(file.listen, { clock, folder, log, name: by, version, figures, isSessionAlive, unready, consulFaults }, over.signal);
  log.info({ event: "started", by }, `this agent guards ${file.services === undefined ? "every service that has a policy" : file.services.join(", ")}`);
  await guardEach(guarding, store, file, deps, log, signal);
  over.abort();
  await Promise.all([tending, serving]);
  store.close();
}

/** One whose policy is gone is let go by its own guard, which goes on looking: policies come back. */
async function guardEach(guarding: Guarding, store: Store, { services }: GuardFile, { clock }: GuardOnlyDeps, log: Log, signal: AbortSignal): Promise<void> {
  const guards = new Map<string, Promise<void>>();
  while (!signal.aborted) {
    const wanted = services ?? (await servicesWithPolicy(store, log, signal));
    for (const service of wanted) if (!guards.has(service)) guards.set(service, guarding.guard(service, signal, guards.size < MOST_WATCHED));
    await clock.sleep(LIST_EVERY_MS, signal);
  }
  await Promise.all(guards.values());
}

async function servicesWithPolicy(store: Store, log: Log, signal: AbortSignal): Promise<readonly string[]> {
  const keys = await store.keys(policiesRoot, { signal });
  if (!keys.ok && !signal.aborted) log.warn({ event: "guard" }, `which services have a policy can't be read: ${describeStoreFault(keys.fault)}`);
  return keys.ok ? keys.value.map(lastSegment).filter((name) => parseServiceName(name).ok) : [];
}
