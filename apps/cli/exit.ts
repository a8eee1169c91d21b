/** Exit codes of the commands. */
export const EXIT = { success: 0, failed: 1, wrongInput: 2, interrupted: 130 } as const;
