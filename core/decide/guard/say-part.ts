/** `3.2%`, `100%`: a part of 1 for a person. */
export function sayPart(part: number): string {
  const percent = part * 100;
  return `${percent >= 10 ? Math.round(percent) : Number(percent.toPrecision(2))}%`;
}
