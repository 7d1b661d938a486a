/** `10.0.0.5:8001`, `[fd00::5]:8001`: as a URL has it, and proxies in their logs. */
export function authorityOf(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
