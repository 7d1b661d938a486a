/** Why the disk didn't take a file, such as `ENOSPC: no space left on device`: without the call and the path, which may be another at each try. */
export function describeRefusal(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? (error.message.split(", ", 1)[0] ?? error.message) : error.message;
}
