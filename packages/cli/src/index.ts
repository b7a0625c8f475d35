/** `@vmrs/cli`: the program `vmrs`, for whoever runs it from another one, and the shapes of what it prints under `--json`. */
export type { ExitCode } from './errors/exit-codes.ts';
export { EXIT_CODES } from './errors/exit-codes.ts';
export type { Failure } from './errors/failure.ts';
export type * from './json/shapes.ts';
export type { CliWorld } from './main.ts';
export { runCli } from './main.ts';
