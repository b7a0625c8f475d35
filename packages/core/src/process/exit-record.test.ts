import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exitRecordFile, parseExitRecord, readExitRecord } from './exit-record.ts';
import { scratchDir } from './fixtures/processes.ts';

const TOKEN = '0b9b1f4e-9d8a-4b43-8f5e-4c2f4d1a7c11';

describe('parseExitRecord', () => {
  it.each([
    ['0', 0, null],
    ['1', 1, null],
    ['127', 127, null],
    ['128', 128, null],
    ['134', null, 'SIGABRT'],
    ['137', null, 'SIGKILL'],
    ['143', null, 'SIGTERM'],
    ['255', 255, null],
  ])('reads status %s', (status, code, signal) => {
    expect(parseExitRecord(`${TOKEN} ${status}\n`, TOKEN)).toEqual({ code, signal, known: true });
  });

  it.each([
    ['nothing', ''],
    ['one that is not wholly written', `${TOKEN} 13`],
    ['one without a status', `${TOKEN} \n`],
    ["another process's", 'another-token-of-its-own 0\n'],
    ['none at all', 'Killed\n'],
  ])('takes %s for none', (_, text) => {
    expect(parseExitRecord(text, TOKEN)).toBeNull();
  });
});

describe('readExitRecord', () => {
  it('reads the file of the role, which may not be there yet', () => {
    const file = exitRecordFile(scratchDir(), 'virtiofsd-0');
    expect(readExitRecord(file, TOKEN)).toBeNull();
    writeFileSync(file, `${TOKEN} 3\n`);
    expect(readExitRecord(file, TOKEN)).toEqual({ code: 3, signal: null, known: true });
  });

  it('does not take what cannot be read for what is not there', () => {
    const file = join(scratchDir(), 'vmm.exit');
    mkdirSync(file);
    expect(() => readExitRecord(file, TOKEN)).toThrow('EISDIR');
  });
});
