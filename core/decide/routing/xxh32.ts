const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;

/**
 * XXH32 with seed 0 (xxHash specification, 0.1.1), of a text whose characters are bytes, as Node gives header values
 * (latin1): what HAProxy's converter `xxh32(0)` makes of the same bytes. From 0 to 2^32 - 1; allocates nothing.
 */
export function xxh32(bytes: string): number {
  const { length } = bytes;
  let at = 0;
  let hash: number;
  if (length >= 16) {
    let [a, b, c, d] = [(PRIME_1 + PRIME_2) | 0, PRIME_2 | 0, 0, -PRIME_1 | 0];
    for (; at + 16 <= length; at += 16) {
      a = lane(a, wordAt(bytes, at));
      b = lane(b, wordAt(bytes, at + 4));
      c = lane(c, wordAt(bytes, at + 8));
      d = lane(d, wordAt(bytes, at + 12));
    }
    hash = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0;
  } else hash = PRIME_5 | 0;
  hash = (hash + length) | 0;
  for (; at + 4 <= length; at += 4) hash = Math.imul(rotate((hash + Math.imul(wordAt(bytes, at), PRIME_3)) | 0, 17), PRIME_4);
  for (; at < length; at += 1) hash = Math.imul(rotate((hash + Math.imul(bytes.charCodeAt(at) & 0xff, PRIME_5)) | 0, 11), PRIME_1);
  return avalanche(hash);
}

function avalanche(last: number): number {
  let hash = Math.imul(last ^ (last >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function lane(state: number, word: number): number {
  return Math.imul(rotate((state + Math.imul(word, PRIME_2)) | 0, 13), PRIME_1);
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

/** Little-endian. */
function wordAt(bytes: string, at: number): number {
  return (bytes.charCodeAt(at) & 0xff) | ((bytes.charCodeAt(at + 1) & 0xff) << 8) | ((bytes.charCodeAt(at + 2) & 0xff) << 16) | (bytes.charCodeAt(at + 3) << 24);
}
