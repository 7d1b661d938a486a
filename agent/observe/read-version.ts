/** Reads which version someone else's process runs, where the agent only observes. */
import { open } from "node:fs/promises";
import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import { resolve } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { ObserveSettings } from "../../core/config/agent-file.ts";
import { type CatalogVersionSource, readCatalogVersion } from "../../core/decide/catalog-version.ts";
import { describeStoreFault } from "../../core/model/fault.ts";
import { messageOf } from "../../core/model/message-of.ts";
import { parseVersion } from "../../core/model/names.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { Catalog } from "../../core/store/port.ts";
import { limitedSignal } from "../../core/store/consul/time-limit.ts";
import { runCommand } from "../appliers/run-command.ts";
import { readPointer } from "./json-pointer.ts";

/** Of the file or answer; a version is 128 characters at most. */
const MOST_BYTES = 64 * 1024;
const TIME_LIMIT_MS = 5_000;

export interface ReadVersionDependencies {
  readonly folder: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly catalog: Pick<Catalog, "read">;
  /** Whose registration is read where no other is named. */
  readonly instance: string;
}

/** The version, or why it can't be told, in a sentence. */
export async function readVersion(source: ObserveSettings["version"], dependencies: ReadVersionDependencies): Promise<Result<string, string>> {
  if ("file" in source) return asVersion(await readStart(resolve(dependencies.folder, source.file)), source.file);
  if ("command" in source) return asVersion(await readCommand(source.command, dependencies), source.command[0] ?? "");
  if ("meta" in source || "tag" in source) return readRegistration(source, dependencies);
  const body = await readUrl(source.http, dependencies);
  if (source.pointer === undefined || !body.ok) return asVersion(body, source.http);
  return asVersion(pointed(body.value, source.pointer), `${source.http} at ${source.pointer}`);
}

async function readRegistration(source: CatalogVersionSource & { readonly id?: string | undefined }, { catalog, instance, signal }: ReadVersionDependencies): Promise<Result<string, string>> {
  const id = source.id ?? instance;
  const cant = (why: string): Result<string, string> => err(`the running version can't be told: ${id} at the local Consul agent: ${why}`);
  const registered = await catalog.read(id, { signal });
  if (!registered.ok) return cant(describeStoreFault(registered.fault));
  if (registered.value === undefined) return cant('no service with this id is registered there; name one with "id"');
  const version = readCatalogVersion(registered.value, source);
  return version.ok ? version : cant(version.fault);
}

function asVersion(text: Result<string, string>, where: string): Result<string, string> {
  if (!text.ok) return err(`the running version can't be told: ${where}: ${text.fault}`);
  const [first = ""] = text.value.trim().split(/\r?\n/);
  const version = parseVersion(first.trim());
  return version.ok ? version : err(`the running version can't be told: ${where} says ${version.fault}`);
}

async function readStart(path: string): Promise<Result<string, string>> {
  try {
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
      return ok(buffer.subarray(0, bytesRead).toString("utf8"));
    } finally {
      await file.close();
    }
  } catch (error) {
    return err(messageOf(error));
  }
}

async function readCommand(argv: readonly string[], { folder, clock, signal }: ReadVersionDependencies): Promise<Result<string, string>> {
  const ran = await runCommand({ argv, folder, timeoutMs: TIME_LIMIT_MS }, clock, signal);
  return ran.ok ? ok(ran.value.stdout) : err(ran.fault.message);
}

async function readUrl(url: string, { clock, signal }: ReadVersionDependencies): Promise<Result<string, string>> {
  const get = url.startsWith("https:") ? getHttps : getHttp;
  const limit = limitedSignal(clock, { timeoutMs: TIME_LIMIT_MS, signals: [signal] });
  const asked = new Promise<Result<string, string>>((answer) => {
    const fail = (error: Error): void => answer(err(limit.signal.aborted && !signal.aborted ? `no answer within ${TIME_LIMIT_MS} ms` : error.message));
    const request = get(url, { signal: limit.signal, agent: false }, (response) => {
      if (response.statusCode !== 200) {
        response.destroy();
        return answer(err(`it answers ${response.statusCode}`));
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("error", fail);
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MOST_BYTES) request.destroy(new Error(`its answer is longer than ${MOST_BYTES} bytes`));
      });
      response.on("end", () => answer(ok(Buffer.concat(chunks).toString("utf8"))));
    });
    request.on("error", fail);
  });
  return await asked.finally(() => limit.release());
}

function pointed(body: string, pointer: string): Result<string, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return err("its answer is no JSON");
  }
  const found = readPointer(parsed, pointer);
  if (typeof found === "string" || typeof found === "number") return ok(String(found));
  return err(found === undefined ? "there is nothing" : "there is no text");
}
