const SECRET = /token|secret|passw|passphrase|authorization|credential|cookie|api[-_]?key|private[-_]?key|^auth$|_auth$/i;

/** Whether a setting, a field or an environment variable of this name holds what nobody else should read. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name);
}
