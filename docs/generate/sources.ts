/** The file that holds the closed table of error codes. */
export const ERROR_CODES_SOURCE: URL = new URL('../../packages/core/src/errors/codes.ts', import.meta.url);

/** The program of the README. */
export const FIRST_VM_SOURCE: URL = new URL('../../examples/first-vm/main.ts', import.meta.url);

/** The shapes of what `vmrs` prints under `--json`. */
export const JSON_SHAPES_SOURCE: URL = new URL('../../packages/cli/src/json/shapes.ts', import.meta.url);

/** The fields of a VM's configuration. */
export const VM_CONFIG_SOURCE: URL = new URL('../../packages/core/src/config/vm-config.ts', import.meta.url);
