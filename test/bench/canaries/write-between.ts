import { readFile, writeFile } from "node:fs/promises";

/** Replaces what stands between the two marks of this name in a document. */
export async function writeBetween(file: string, name: string, text: string): Promise<void> {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const before = await readFile(file, "utf8");
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no marks "${begin}" and "${end}"`);
  await writeFile(file, `${before.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${before.slice(to)}`);
}
