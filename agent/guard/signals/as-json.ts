/** Undefined when the text is no JSON; for a schema to refuse, in words that fit whoever sent it. */
export function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
