/**
 * The value of the last cookie of a name in one Cookie line, as HAProxy's `req.cook(<name>)` reads it: `;` and `,` end a
 * value outside of quotes, white space around name and value doesn't count, quotes stay. Undefined where there is none.
 */
export function readCookie(line: string, name: string): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < line.length; ) {
    const end = endOfCookie(line, at);
    const equals = line.indexOf("=", at);
    if (equals !== -1 && equals < end && isNamed(line, at, equals, name)) found = line.slice(equals + 1, end).trim();
    at = end + 1;
  }
  return found;
}

function endOfCookie(line: string, from: number): number {
  let quoted = false;
  for (let at = from; at < line.length; at += 1) {
    const character = line[at];
    if (quoted && character === "\\") at += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === ";" || character === ",")) return at;
  }
  return line.length;
}

function isNamed(line: string, from: number, to: number, name: string): boolean {
  let [start, end] = [from, to];
  while (start < end && isBlank(line[start])) start += 1;
  while (end > start && isBlank(line[end - 1])) end -= 1;
  return end - start === name.length && line.startsWith(name, start);
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t";
}
