// @ts-check
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { mustRun, newerApiFlags, sdkFlags } from './sdk.mjs';

const SOURCES = join(import.meta.dirname, '../../addon/src');

/**
 * Compiles every source as binding.gyp has it compiled, with every warning an error.
 *
 * @param {import('./sdk.mjs').Sdk} sdk @param {string} target @param {string} workDir
 * @returns {Promise<string[]>} the objects
 */
export async function compileSources(sdk, target, workDir) {
  const names = (await readdir(SOURCES)).filter((name) => ['.cc', '.mm'].includes(extname(name))).sort();
  const objects = names.map((name) => join(workDir, `${target}-${name}.o`));
  const waiting = names.map((name, index) => () => compile(sdk, target, name, objects[index] ?? ''));
  const workers = Array.from({ length: availableParallelism() }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
  });
  await Promise.all(workers);
  return objects;
}

/** @param {import('./sdk.mjs').Sdk} sdk @param {string} target @param {string} name @param {string} object */
async function compile(sdk, target, name, object) {
  const require = createRequire(import.meta.url);
  const common = [
    '-std=c++17',
    '-fno-rtti',
    '-fvisibility=hidden',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-Wunguarded-availability',
  ];
  const language =
    extname(name) === '.mm'
      ? ['-fobjc-arc', '-fexceptions', ...newerApiFlags(sdk)]
      : [
          ...['-DNAPI_VERSION=8', '-DNAPI_DISABLE_CPP_EXCEPTIONS', '-fno-exceptions'],
          ...['-isystem', require('node-addon-api').include_dir, '-isystem', require('node-api-headers').include_dir],
        ];
  const args = [...sdkFlags(sdk, target), ...common, ...language, '-c', join(SOURCES, name), '-o', object];
  await mustRun(sdk.clang, args);
}
