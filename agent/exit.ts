/** What `rollpin agent` and its verbs end with: docs/reference/exit-codes.md. */
export const EXIT = { done: 0, fault: 1, usage: 2, refused: 3, incomplete: 5 } as const;
