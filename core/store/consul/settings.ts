/**
 * Where Consul is and how to be let in: environment variables as HashiCorp's Go client reads them, overridden by flags.
 * Pure: files (token, CA, certificates) are read by load-settings.ts.
 */
import { type Result, err, ok } from "../../model/result.ts";
import { type ConsulAddress, parseConsulAddress } from "./address.ts";
import { parseGoBoolean } from "./go-boolean.ts";

/** The same names as `consul:` in the agent's file. */
export interface ConsulFlags {
  readonly address?: string | undefined;
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly datacenter?: string | undefined;
  readonly namespace?: string | undefined;
  readonly partition?: string | undefined;
  readonly caFile?: string | undefined;
  readonly caPath?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly tlsServerName?: string | undefined;
}

export interface ConsulSettings {
  readonly address: ConsulAddress;
  readonly token?: string | undefined;
  /** What is in it goes before `token`, unless it is empty. */
  readonly tokenFile?: string | undefined;
  /** `user:password`, for HTTP basic authentication. */
  readonly basicAuth?: string | undefined;
  readonly datacenter?: string | undefined;
  readonly namespace?: string | undefined;
  readonly partition?: string | undefined;
  readonly tls: {
    readonly verify: boolean;
    readonly serverName?: string | undefined;
    readonly caFile?: string | undefined;
    readonly caPath?: string | undefined;
    readonly certFile?: string | undefined;
    readonly keyFile?: string | undefined;
  };
}

export interface SettingsSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags?: ConsulFlags | undefined;
}

/** A value and what a person would call the place it came from. */
interface Sourced {
  readonly text: string;
  readonly source: string;
}

const VARIABLES = {
  address: "CONSUL_HTTP_ADDR",
  token: "CONSUL_HTTP_TOKEN",
  tokenFile: "CONSUL_HTTP_TOKEN_FILE",
  namespace: "CONSUL_NAMESPACE",
  partition: "CONSUL_PARTITION",
  caFile: "CONSUL_CACERT",
  caPath: "CONSUL_CAPATH",
  certFile: "CONSUL_CLIENT_CERT",
  keyFile: "CONSUL_CLIENT_KEY",
  tlsServerName: "CONSUL_TLS_SERVER_NAME",
} as const;

const FLAG_WORDS: Readonly<Record<keyof typeof VARIABLES, string>> = {
  address: "the address",
  token: "the token",
  tokenFile: "the token file",
  namespace: "the namespace",
  partition: "the partition",
  caFile: "the CA file",
  caPath: "the CA folder",
  certFile: "the client certificate",
  keyFile: "the client key",
  tlsServerName: "the TLS server name",
};

/** Flags before variables; empty is unset, as in the Go client. Every error, not only the first. */
export function parseConsulSettings({ env, flags = {} }: SettingsSources): Result<ConsulSettings, readonly string[]> {
  const errors: string[] = [];
  const take = <T>(parsed: Result<T, string>): T | undefined => {
    if (parsed.ok) return parsed.value;
    errors.push(parsed.fault);
    return undefined;
  };
  const find = (name: keyof typeof VARIABLES): Sourced | undefined => sourced(flags[name], FLAG_WORDS[name]) ?? sourced(env[VARIABLES[name]], VARIABLES[name]);

  const ssl = take(readBoolean(env, "CONSUL_HTTP_SSL", false));
  const verify = take(readBoolean(env, "CONSUL_HTTP_SSL_VERIFY", true));
  const wanted = find("address") ?? { text: "127.0.0.1:8500", source: "the default address" };
  const address = take(parseConsulAddress(wanted.text, wanted.source, ssl ?? false));
  const token = take(readHeaderText(find("token")));
  take(refuseHalfCertificate(find("certFile"), find("keyFile")));

  if (errors.length > 0 || address === undefined || verify === undefined) return err(errors);
  return ok({
    address,
    token,
    tokenFile: find("tokenFile")?.text,
    basicAuth: present(env["CONSUL_HTTP_AUTH"]),
    datacenter: present(flags.datacenter),
    namespace: find("namespace")?.text,
    partition: find("partition")?.text,
    tls: {
      verify,
      serverName: find("tlsServerName")?.text,
      caFile: find("caFile")?.text,
      caPath: find("caPath")?.text,
      certFile: find("certFile")?.text,
      keyFile: find("keyFile")?.text,
    },
  });
}

const present = (text: string | undefined): string | undefined => (text === undefined || text === "" ? undefined : text);

function sourced(text: string | undefined, source: string): Sourced | undefined {
  const value = present(text);
  return value === undefined ? undefined : { text: value, source };
}

/** The Go client takes garbage here for "don't verify"; we refuse it. */
function readBoolean(env: SettingsSources["env"], name: string, otherwise: boolean): Result<boolean, string> {
  const text = present(env[name]);
  if (text === undefined) return ok(otherwise);
  const parsed = parseGoBoolean(text);
  return parsed === undefined ? err(`${name} is ${JSON.stringify(text)}: use true or false`) : ok(parsed);
}

/** A token that can't stand in an HTTP header would fail every request. Never shown back: it is a secret. */
export function isHeaderText(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function readHeaderText(found: Sourced | undefined): Result<string | undefined, string> {
  if (found === undefined || isHeaderText(found.text)) return ok(found?.text);
  return err(`${found.source} has white space or characters outside ASCII in it: give Consul's token alone`);
}

function refuseHalfCertificate(cert: Sourced | undefined, key: Sourced | undefined): Result<void, string> {
  if ((cert === undefined) === (key === undefined)) return ok(undefined);
  const given = cert ?? key;
  return err(`${given?.source ?? ""} is given without its ${cert === undefined ? "certificate (CONSUL_CLIENT_CERT)" : "key (CONSUL_CLIENT_KEY)"}: give both or neither`);
}
