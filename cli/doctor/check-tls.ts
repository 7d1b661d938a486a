import { type Finding, type Patient, fine, problem, warning } from "./finding.ts";

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/** Pure: how the way to Consul is protected. */
export function checkTls({ inspector }: Patient): readonly Finding[] {
  const { address, hasToken, verifiesTls, where } = inspector;
  if (address.tls && verifiesTls) return [fine("tls", `${where} is encrypted, and its certificate is verified`)];
  if (address.tls) return [problem("tls", `the certificate of ${where} is not verified: anybody on the way can take its place`, "unset CONSUL_HTTP_SSL_VERIFY, and name the authority in CONSUL_CACERT")];
  if (address.kind === "unix" || LOOPBACK.test(address.host)) return [fine("tls", `${where} is on this machine; no encryption is needed`)];
  const token = hasToken ? ", the token too" : "";
  return [warning("tls", `everything goes to ${where} in the clear${token}`, "use https:// in CONSUL_HTTP_ADDR, or ask the Consul agent on this machine")];
}
