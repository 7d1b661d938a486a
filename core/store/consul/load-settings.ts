/** Reads the files that settings name: token, CA, client certificate. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Result, err, ok } from "../../model/result.ts";
import { type ConsulSettings, isHeaderText } from "./settings.ts";

/** What the files hold, in place of where they are. */
export interface LoadedSettings extends Omit<ConsulSettings, "tls" | "tokenFile"> {
  readonly tls: Pick<ConsulSettings["tls"], "serverName" | "verify"> & {
    /** PEM. Given, they replace the system's roots. */
    readonly ca?: readonly string[] | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  };
}

/** Every file that can't be used, not only the first. */
export async function loadConsulSettings(settings: ConsulSettings): Promise<Result<LoadedSettings, string[]>> {
  const errors: string[] = [];
  const take = <T>(loaded: Result<T, string>): T | undefined => {
    if (loaded.ok) return loaded.value;
    errors.push(loaded.fault);
    return undefined;
  };
  const { tls, tokenFile, ...rest } = settings;
  const token = take(await loadToken(tokenFile));
  const ca = take(await loadAuthorities(tls.caFile, tls.caPath));
  const cert = take(await loadPem("client certificate", tls.certFile));
  const key = take(await loadPem("client key", tls.keyFile));
  if (errors.length === 0) take(await checkTogether({ ca, cert, key }, tls));
  if (errors.length > 0) return err(errors);
  return ok({ ...rest, token: token ?? settings.token, tls: { verify: tls.verify, serverName: tls.serverName, ca, cert, key } });
}

/** What no handshake would get far enough to say: PEM that holds no certificate, a key of another certificate. */
async function checkTogether({ ca = [], cert, key }: Pick<LoadedSettings["tls"], "ca" | "cert" | "key">, { caFile, caPath, certFile, keyFile }: ConsulSettings["tls"]): Promise<Result<void, string>> {
  if (ca.length === 0 && cert === undefined) return ok(undefined);
  const [{ X509Certificate }, { createSecureContext }] = await Promise.all([import("node:crypto"), import("node:tls")]);
  const authority = faultOf(() => ca.forEach((one) => new X509Certificate(one)));
  if (authority !== undefined) return err(`the CA file ${caFile ?? caPath ?? ""} holds no certificate that can be read (${authority}): put the authority's PEM there`);
  const pair = cert === undefined || key === undefined ? undefined : faultOf(() => createSecureContext({ cert, key }));
  return pair === undefined ? ok(undefined) : err(`the client certificate ${certFile ?? ""} and the key ${keyFile ?? ""} can't be used together (${pair}): give a certificate and its own key, unencrypted`);
}

function faultOf(use: () => unknown): string | undefined {
  try {
    use();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Trimmed; an empty file falls back to the token itself, an unreadable one is an error (Go client: NewClient). */
async function loadToken(path: string | undefined): Promise<Result<string | undefined, string>> {
  if (path === undefined) return ok(undefined);
  const text = await readText("Consul token file", path);
  if (!text.ok) return text;
  const token = text.value.trim();
  if (token === "") return ok(undefined);
  return isHeaderText(token) ? ok(token) : err(`the Consul token file ${path} holds more than a token: white space or characters outside ASCII`);
}

/** As in the Go client, a file goes before a folder. */
async function loadAuthorities(file: string | undefined, folder: string | undefined): Promise<Result<readonly string[] | undefined, string>> {
  if (file !== undefined) {
    const one = await loadPem("CA file", file);
    return one.ok ? ok(one.value === undefined ? undefined : [one.value]) : one;
  }
  return folder === undefined ? ok(undefined) : loadFolder(folder);
}

async function loadFolder(folder: string): Promise<Result<readonly string[], string>> {
  const found: string[] = [];
  try {
    for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
      if (entry.isDirectory()) continue;
      const pem = await loadPem("CA file", join(entry.parentPath, entry.name));
      if (!pem.ok) return pem;
      if (pem.value !== undefined) found.push(pem.value);
    }
  } catch (error) {
    return err(`the CA folder ${folder} can't be read: ${(error as Error).message}`);
  }
  return found.length > 0 ? ok(found) : err(`the CA folder ${folder} is empty: without a certificate nothing could be verified`);
}

async function loadPem(what: string, path: string | undefined): Promise<Result<string | undefined, string>> {
  if (path === undefined) return ok(undefined);
  const text = await readText(what, path);
  if (!text.ok || text.value.includes("-----BEGIN ")) return text;
  return err(`the ${what} ${path} is not PEM: there is no "-----BEGIN" in it`);
}

async function readText(what: string, path: string): Promise<Result<string, string>> {
  try {
    return ok(await readFile(path, "utf8"));
  } catch (error) {
    return err(`the ${what} ${path} can't be read: ${(error as Error).message}`);
  }
}
