/** Permission bits of files and folders (POSIX). Bits above them, such as the kind of file, are left out of account. */

/** Read or written by others, or written by its group. Its group may read it, as a mounted secret's does. */
const OPEN_TO_OTHERS = 0o027;
/** Written by anybody but its owner. */
const WRITTEN_BY_OTHERS = 0o022;
const PERMISSIONS = 0o7777;

/** Whether a file with a secret in it can be read, or replaced, by whoever has no business with it. */
export function isOpenToOthers(mode: number): boolean {
  return (mode & OPEN_TO_OTHERS) !== 0;
}

export function isWrittenByOthers(mode: number): boolean {
  return (mode & WRITTEN_BY_OTHERS) !== 0;
}

/** As chmod takes it: `0640`. */
export function modeText(mode: number): string {
  return (mode & PERMISSIONS).toString(8).padStart(4, "0");
}
