/** The file that holds the closed table of error codes. */
export const ERROR_CODES_SOURCE: URL = new URL('../../packages/core/src/errors/codes.ts', import.meta.url);
