import { describe, expect, it } from 'vitest';
import { VmError } from '../errors/index.ts';
import { createLogger, silentLogger } from './index.ts';

function memory() {
  const lines: string[] = [];
  return { lines, destination: { write: (line: string) => lines.push(line) } };
}

describe('createLogger', () => {
  it('writes lines of JSON with the fields of all its parents', async () => {
    const { lines, destination } = memory();
    const logger = (await createLogger({ level: 'debug', destination })).child({ vm: 'web' }).child({ driver: 'qemu' });
    logger.debug({ event: 'vmm.spawn' }, 'started');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ vm: 'web', driver: 'qemu', event: 'vmm.spawn', msg: 'started' });
  });

  it('never writes kernel command lines', async () => {
    const { lines, destination } = memory();
    (await createLogger({ destination })).info({ spec: { cmdline: 'token=secret' }, cmdline: 'token=secret' }, 'boot');
    expect(lines.join('')).not.toContain('secret');
    expect(lines.length).toBe(1);
  });

  it('writes errors with their code and cause', async () => {
    const { lines, destination } = memory();
    const err = new VmError('IO', { detail: 'disk full', details: {}, cause: new Error('ENOSPC') });
    (await createLogger({ destination })).error({ err }, 'failed');
    expect(lines[0]).toContain('ENOSPC');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ err: { code: 'IO' } });
  });

  it('leaves out what is below its level', async () => {
    const { lines, destination } = memory();
    (await createLogger({ level: 'warn', destination })).info('hello');
    expect(lines).toEqual([]);
  });
});

describe('silentLogger', () => {
  it('is its own child', () => {
    expect(silentLogger.child({ vm: 'web' })).toBe(silentLogger);
  });
});
