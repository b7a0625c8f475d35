/** The file that holds the closed table of error codes. */
export const ERROR_CODES_SOURCE: URL = new URL('../../packages/core/src/errors/codes.ts', import.meta.url);

/** The program of the README. */
export const FIRST_VM_SOURCE: URL = new URL('../../examples/first-vm/main.ts', import.meta.url);
