/** A pid that may be signalled: 0 would be the whole group of the test that asks, and what started it. */
export function pidOf({ pid }: { readonly pid?: number | undefined }): number {
  if (pid === undefined || pid <= 0) throw new Error("nothing runs that could be signalled");
  return pid;
}
