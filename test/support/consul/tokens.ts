import { randomUUID } from "node:crypto";
import type { ConsulHttp } from "./http.ts";

export async function createToken(http: ConsulHttp, rules: string): Promise<string> {
  const Name = `test-${randomUUID()}`;
  const policy = await http.json<{ ID: string }>("/v1/acl/policy", { method: "PUT", body: { Name, Rules: rules } });
  const token = await http.json<{ SecretID: string }>("/v1/acl/token", { method: "PUT", body: { Policies: [{ ID: policy.ID }] } });
  return token.SecretID;
}

export async function revokeToken(http: ConsulHttp, secret: string): Promise<void> {
  const self = await http.json<{ AccessorID: string }>("/v1/acl/token/self", { token: secret });
  await http.json<boolean>(`/v1/acl/token/${self.AccessorID}`, { method: "DELETE" });
}

export async function suspendToken(http: ConsulHttp, secret: string): Promise<() => Promise<void>> {
  const { AccessorID, Policies } = await http.json<{ readonly AccessorID: string; readonly Policies: readonly unknown[] }>("/v1/acl/token/self", { token: secret });
  await http.json<boolean>(`/v1/acl/token/${AccessorID}`, { method: "DELETE" });
  return async () => void (await http.json("/v1/acl/token", { method: "PUT", body: { AccessorID, SecretID: secret, Policies } }));
}
