#!/usr/bin/env node
// The program `vmrs`.
import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';

/** A reader that has gone, as in `vmrs logs web | head`, is like a signal to end. */
function endWithReader(error: Error & { code?: string }): void {
  if (error.code !== 'EPIPE') throw error;
  if (!process.emit('SIGTERM')) process.exit();
}

/** What nobody waits for must not end in a stack on a user's screen. */
function endWithFault(fault: unknown): void {
  const debug = (process.env['VMRS_DEBUG'] ?? '') !== '';
  process.stderr.write(`error UNEXPECTED: ${debug ? inspect(fault) : String(fault)}\n`);
  process.exit(1);
}

process.on('uncaughtException', endWithFault);
process.stdout.on('error', endWithReader);
process.stderr.on('error', endWithReader);
/** The oldest Node.js that this runs on: `engines.node` of the package. */
const OLDEST = [22, 18] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(`vmrs needs Node.js ${OLDEST.join('.')} or newer, and this is ${process.version}\n`);
  process.exit(1);
}
const { runCli } = await import('./main.ts');
const manifest: { readonly version: string } = JSON.parse(
  await readFile(new URL('../package.json', import.meta.url), 'utf8'),
);
const { argv, stdin, stdout, stderr, env } = process;
process.exitCode = await runCli({
  args: argv.slice(2),
  ...{ stdin, stdout, stderr, env },
  cwd: process.cwd(),
  version: manifest.version,
});
