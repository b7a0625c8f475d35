// @ts-check
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ScriptError } from './say.mjs';

/** @type {NodeJS.Signals[]} */
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program in the foreground, with our stdin, stdout and stderr, and passes signals on to it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, stdio?: import('node:child_process').StdioOptions }} [options]
 * @returns {Promise<number>} the exit code; 128 + signal number when a signal ended it, as shells report it
 * @throws {ScriptError} when the program cannot be started
 */
export function runForeground(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { stdio: 'inherit', ...options });

    /** @param {NodeJS.Signals} signal */
    const forward = (signal) => {
      // A terminal's Ctrl-C reaches the whole foreground group, so forwarding would deliver it twice.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    };
    for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
    const stopForwarding = () => {
      for (const signal of FORWARDED_SIGNALS) process.off(signal, forward);
    };

    child.once('error', (error) => {
      stopForwarding();
      reject(new ScriptError(`cannot run '${command}': ${error.message}`, { cause: error }));
    });
    child.once('close', (code, signal) => {
      stopForwarding();
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
    });
  });
}

/**
 * Runs a program quietly and collects what it prints.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ code: number, output: string }>} stdout and stderr in the order they came
 * @throws {ScriptError} when the program cannot be started
 */
export function runQuietly(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        output += text;
      });
    }
    child.once('error', (error) => {
      reject(new ScriptError(`cannot run '${command}': ${error.message}`, { cause: error }));
    });
    child.once('close', (code, signal) => {
      resolve({ code: signal === null ? (code ?? 1) : 128 + constants.signals[signal], output });
    });
  });
}
