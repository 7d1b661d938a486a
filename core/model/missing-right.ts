const READS: readonly string[] = ["get", "list", "keys", "watch", "read"];

/** The rule that a policy lacks where Consul denied this, as it would stand there. Undefined where no one rule can be named. */
export function missingRight(operation: string, key: string | undefined): string | undefined {
  if (operation.startsWith("session ")) return 'session { policy = "write" } for the node';
  if (operation.startsWith("service ")) return `service { policy = "${operation === "service read" ? "read" : "write"}" } for the service`;
  if (operation.startsWith("mesh ") && key !== undefined) return `service "${key.slice(key.lastIndexOf(" ") + 1)}" { policy = "${operation === "mesh read" ? "read" : "write"}" }`;
  // Several keys at once: which of them was meant isn't known.
  if (key === undefined || key.includes(" ") || key.startsWith("/")) return undefined;
  if (READS.includes(operation)) return `key_prefix "${key.slice(0, key.lastIndexOf("/") + 1)}" { policy = "read" }`;
  return operation === "transaction" ? `key "${key}" { policy = "write" }` : undefined;
}
