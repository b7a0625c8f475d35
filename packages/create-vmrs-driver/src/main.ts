#!/usr/bin/env node
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { run } from './run.ts';

const isTerminal = stdin.isTTY === true && stdout.isTTY === true;
const questions = isTerminal ? createInterface({ input: stdin, output: stdout }) : null;
// Ctrl-C and the end of the input alike.
const brokenOff = new AbortController();
questions?.once('close', () => brokenOff.abort());
const { signal } = brokenOff;
try {
  process.exitCode = await run(process.argv.slice(2), {
    cwd: process.cwd(),
    packageManager: process.env['npm_config_user_agent']?.split('/')[0] ?? 'npm',
    say: (text) => void stdout.write(text),
    complain: (text) => void process.stderr.write(text),
    ask:
      questions === null
        ? null
        : async (question, preset) =>
            (await questions.question(`${question} [${preset}]: `, { signal })).trim() || preset,
  });
} finally {
  questions?.close();
}
