#!/usr/bin/env node
// The program `vmrs`.
import { readFile } from 'node:fs/promises';
import { runCli } from './main.ts';

/** A reader that has gone, as in `vmrs logs web | head`, is like a signal to end. */
function endWithReader(error: Error & { code?: string }): void {
  if (error.code !== 'EPIPE') throw error;
  if (!process.emit('SIGTERM')) process.exit();
}

process.stdout.on('error', endWithReader);
process.stderr.on('error', endWithReader);
const manifest: { readonly version: string } = JSON.parse(
  await readFile(new URL('../package.json', import.meta.url), 'utf8'),
);
const { argv, stdin, stdout, stderr, env } = process;
process.exitCode = await runCli({
  args: argv.slice(2),
  stdin,
  stdout,
  stderr,
  env,
  cwd: process.cwd(),
  version: manifest.version,
});
