/** `75%`, `24.8%`, `0.05%`: more digits where there is little. */
export const percent = (part: number): string => `${Number((part * 100).toFixed(part < 0.01 ? 2 : 1))}%`;
