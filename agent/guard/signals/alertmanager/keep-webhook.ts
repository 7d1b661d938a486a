/** The webhook's port, open for as long as the guard is, with its certificate as it stands in its files. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Clock } from "../../../../core/clock.ts";
import type { AlertmanagerSource } from "../../../../core/config/alertmanager-settings.ts";
import { messageOf } from "../../../../core/model/message-of.ts";
import { watchFile } from "../../../files/watch-file.ts";
import { createGate } from "../../../local-http/gate.ts";
import type { Log } from "../../../log.ts";
import { type TlsFiles, type WebhookDeps, type WebhookServer, WEBHOOK_PATH, serveWebhook } from "./serve-webhook.ts";

interface KeptWebhook {
  /** Resolves after the first try. */
  readonly tried: Promise<void>;
  address(this: void): string | undefined;
  close(): Promise<void>;
}

interface KeepDeps extends Pick<WebhookDeps, "onAnswered" | "take"> {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
}

const LISTEN_AGAIN_MS = 1_000;

/** Where the port is taken, as by an agent that is on its way out, or a file isn't there, it is tried until that is mended. */
export function keepWebhook(settings: AlertmanagerSource, deps: KeepDeps, signal: AbortSignal): KeptWebhook {
  let server: WebhookServer | undefined;
  let triedOnce = (): void => undefined;
  const tried = new Promise<void>((resolveTried) => {
    triedOnce = resolveTried;
  });
  const keep = async (): Promise<void> => {
    for (let told = ""; !signal.aborted; await deps.clock.sleep(LISTEN_AGAIN_MS, signal)) {
      const opened = await open(settings, deps, signal);
      if (typeof opened !== "string") {
        server = opened;
        deps.log.info({ event: "alert-webhook" }, `Alertmanager's webhook is heard at ${opened.address}${WEBHOOK_PATH}`);
        return;
      }
      if (opened !== told) deps.log.error({ event: "alert-webhook" }, `Alertmanager's webhook: ${opened}; tried again each second`);
      told = opened;
      triedOnce();
    }
  };
  const kept = keep().finally(triedOnce);
  return {
    tried,
    address: () => server?.address,
    async close() {
      await kept;
      await server?.close();
    },
  };
}

/** A sentence where it can't be. */
async function open({ listen, tls, tokenFile }: AlertmanagerSource, { folder, log, onAnswered, take }: KeepDeps, signal: AbortSignal): Promise<WebhookServer | string> {
  const gate = tokenFile === undefined ? undefined : await createGate(resolve(folder, tokenFile), log, "alert webhook");
  const files = tls === undefined ? undefined : { cert: resolve(folder, tls.certFile), key: resolve(folder, tls.keyFile), ca: tls.clientCaFile === undefined ? undefined : resolve(folder, tls.clientCaFile) };
  const read = files === undefined ? undefined : await readTls(files);
  if (typeof read === "string") return read;
  try {
    const served = await serveWebhook(listen, { gate, tls: read, take, onAnswered });
    if (!served.ok) return served.fault;
    if (files !== undefined) await renewOnChange(files, served.value, { log, signal });
    return served.value;
  } catch (error) {
    return `its certificate and key can't be used together (${messageOf(error)})`;
  }
}

async function readTls({ ca, cert, key }: TlsFiles): Promise<TlsFiles | string> {
  try {
    const [certificate, privateKey, authority] = await Promise.all([readFile(cert, "utf8"), readFile(key, "utf8"), ca === undefined ? undefined : readFile(ca, "utf8")]);
    return { cert: certificate, key: privateKey, ca: authority };
  } catch (error) {
    return `a file under guard.alertmanager.tls can't be read: ${messageOf(error)}`;
  }
}

/** Files that are no good while they are being replaced are passed over: what was good stays. */
async function renewOnChange(files: TlsFiles, server: WebhookServer, { log, signal }: { readonly log: Log; readonly signal: AbortSignal }): Promise<void> {
  const renew = async (): Promise<void> => {
    const read = await readTls(files);
    const fault = typeof read === "string" ? read : server.renew(read);
    if (fault !== undefined) log.warn({ event: "alert-webhook" }, `${fault}; the former certificate stays in use`);
  };
  const watched = [files.cert, files.key, ...(files.ca === undefined ? [] : [files.ca])];
  await Promise.all(watched.map((path) => watchFile(path, () => void renew(), { signal, onFault: (message) => log.warn({ event: "watch" }, `the certificate of Alertmanager's webhook is not watched any more (${message})`) })));
}
