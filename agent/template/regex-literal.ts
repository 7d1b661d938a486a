/** A pattern that matches that text (one character a byte) and nothing else, alike in PCRE, RE2 and JavaScript; no character in it means anything to anybody. */
export function regexLiteral(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, (character) => String.raw`\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
