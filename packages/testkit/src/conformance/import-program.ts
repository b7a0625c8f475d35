import { readdir } from 'node:fs/promises';
import type { ImportReport } from './second-process.ts';

interface Look {
  readonly resources: readonly string[];
  readonly listeners: readonly string[];
  readonly environment: readonly string[];
  readonly globals: readonly string[];
  readonly files: readonly string[];
}

async function look(): Promise<Look> {
  return {
    resources: process
      .getActiveResourcesInfo()
      .filter((resource) => !/^(FSReq|PipeWrap|TTYWrap|CloseReq|Immediate)/.test(resource)),
    listeners: process.eventNames().map((event) => `${String(event)}: ${process.listenerCount(event)}`),
    environment: Object.entries(process.env).map(([name, value]) => `${name}=${value}`),
    globals: Object.getOwnPropertyNames(globalThis),
    files: await readdir('.', { recursive: true }),
  };
}

function added(what: keyof Look, before: Look, after: Look): string[] {
  const known = new Set(before[what]);
  return after[what].filter((entry) => !known.has(entry)).map((entry) => `${what}: ${entry}`);
}

// Imports one module, as the first thing this process does, and tells what that changed.
const before = await look();
const exported: object = await import(process.argv[2] ?? '');
const after = await look();
const parts = Object.keys(before) as (keyof Look)[];
const report: ImportReport = {
  exported: Object.keys(exported),
  sideEffects: parts.flatMap((part) => added(part, before, after)),
};
process.stdout.write(`${JSON.stringify(report)}\n`);
