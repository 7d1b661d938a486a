/** As `paths` of the agent's file has them: segments, `*` for any, `**` as the last for any number. */
export type PathPattern = readonly string[];

const ANY = "*";
const ALL = "**";
const OTHER = "(other)";
const MOST_SEGMENTS = 12;
const LONGEST_WORD = 48;
/** Words, as routes of a service are made of: `orders`, `v1`, `oauth2`, `index.html`, `line-items`. What has more digits is somebody's number. */
const WORD = /^[A-Za-z]+\d?(?:[._~-][A-Za-z]+\d?)*$/;

/**
 * What a request asks for, without whom and what it is about: `GET /orders/*`. By the patterns where there are any; else
 * segments that are no words are left out, since they name an order, a person, a key.
 */
export function operationOf(method: string, path: string, patterns: readonly PathPattern[] | undefined): string {
  const segments = path.slice(1).split("/");
  const found = patterns === undefined ? masked(segments) : patterns.find((pattern) => isMatch(pattern, segments));
  return found === undefined ? `${method} ${OTHER}` : `${method} /${found.join("/")}`;
}

function isMatch(pattern: PathPattern, segments: readonly string[]): boolean {
  const isOpen = pattern.at(-1) === ALL;
  const fixed = isOpen ? pattern.length - 1 : pattern.length;
  if (isOpen ? segments.length < fixed : segments.length !== fixed) return false;
  for (let at = 0; at < fixed; at += 1) if (pattern[at] !== ANY && pattern[at] !== segments[at]) return false;
  return true;
}

function masked(segments: readonly string[]): readonly string[] {
  const kept = segments.slice(0, MOST_SEGMENTS).map((segment) => (segment === "" || (segment.length <= LONGEST_WORD && WORD.test(segment)) ? segment : ANY));
  return segments.length > MOST_SEGMENTS ? [...kept.slice(0, -1), ALL] : kept;
}
