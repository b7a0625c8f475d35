import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchDir } from '../process/fixtures/processes.ts';
import { systemFileSystem } from '../util/file-system.ts';
import { vmLayout } from './layout.ts';
import { listRecordFiles, readRecord, writeRecord } from './record.ts';
import type { VmRecord } from './vm-record.ts';

const RECORD: VmRecord = {
  schema: 4,
  name: 'web',
  namespace: 'default',
  instanceId: '0b9b1f4e-9d8a-4b43-8f5e-4c2f4d1a7c11',
  driver: { id: 'qemu', contract: { major: 1, minor: 0 } },
  spec: {
    name: 'web',
    namespace: 'default',
    kernel: '/boot/vmlinuz',
    initramfs: null,
    rootDisk: null,
    dataDisk: null,
    seedIso: null,
    cpus: 1,
    memoryMb: 512,
    networks: [{ type: 'tap', name: 'tap0', mac: null, create: false, bridge: null }],
    sharedDirs: [],
    serialLog: '/state/default/web/serial.log',
    cmdline: null,
    netns: null,
    vsock: false,
    machineId: null,
    efiVariableStore: null,
    rosetta: false,
    driverOptions: { cpu: { cores: [0, 1] }, nothing: null },
  },
  createdAt: '2026-11-21T00:00:00.000Z',
  bootId: 'b',
  lifetime: 'detached',
  runtimeDir: '/run/x',
  phase: 'live',
  process: { pid: 4242, startTime: '1', bootId: 'b', pidNamespace: '1' },
  control: { qmp: '/run/x/qmp.sock' },
  console: { device: '1', inode: '2', offset: 0 },
  ready: { ip: '10.0.0.1', position: { device: '1', inode: '2', offset: 99 } },
  paused: false,
  ended: null,
};

function recordFile(): string {
  const { recordFile } = vmLayout(scratchDir(), 'default', 'web');
  mkdirSync(dirname(recordFile), { recursive: true });
  return recordFile;
}

describe('readRecord', () => {
  it('reads what was written, which only its owner may', async () => {
    const file = recordFile();
    const ended: VmRecord = {
      ...RECORD,
      phase: 'ended',
      process: null,
      ready: null,
      ended: { state: 'failed', reason: 'x', exit: { how: 'crashed', code: null, signal: 'SIGSEGV', at: 'now' } },
    };
    for (const record of [RECORD, ended]) {
      await writeRecord(file, record, systemFileSystem);
      expect(await readRecord(file, systemFileSystem)).toEqual(record);
    }
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is null where there is none', async () => {
    expect(await readRecord(recordFile(), systemFileSystem)).toBeNull();
    expect(await readRecord('/nonexistent/record.json', systemFileSystem)).toBeNull();
  });

  it.each([
    ['nothing', ''],
    ['half a record', JSON.stringify(RECORD).slice(0, 200)],
    ['no object', '[]'],
    ['null', 'null'],
    ['a field of the wrong type', JSON.stringify({ ...RECORD, paused: 'no' })],
    ['a missing field', JSON.stringify({ ...RECORD, instanceId: undefined })],
    ['a pid of 0', JSON.stringify({ ...RECORD, process: { ...RECORD.process, pid: 0 } })],
    ['half a spec', JSON.stringify({ ...RECORD, spec: { name: 'web' } })],
    ['half an end', JSON.stringify({ ...RECORD, ended: { state: 'stopped' } })],
  ])('sets aside a file that holds %s, and keeps it', async (_, content) => {
    const file = recordFile();
    for (const n of [1, 2]) {
      writeFileSync(file, content);
      const setAside = `${file}.corrupt-${n}`;
      await expect(readRecord(file, systemFileSystem)).rejects.toMatchObject({
        code: 'STORE_CORRUPT',
        details: { path: file, setAside },
      });
      expect(readFileSync(setAside, 'utf8')).toBe(content);
      expect(await readRecord(file, systemFileSystem)).toBeNull();
    }
  });

  it('leaves a record of a newer core alone and says what to upgrade', async () => {
    const file = recordFile();
    writeFileSync(file, JSON.stringify({ schema: 5, whatever: true }));
    const failure = readRecord(file, systemFileSystem);
    await expect(failure).rejects.toMatchObject({ code: 'STORE_CORRUPT', details: { path: file, setAside: null } });
    await expect(failure).rejects.toThrow(/upgrade @vmrs\/core/);
    expect(readdirSync(dirname(file))).toEqual(['record.json']);
  });

  it('reads a record of an older core, which that core can go on reading', async () => {
    const file = recordFile();
    const third = {
      ...RECORD,
      spec: { ...RECORD.spec, networks: [{ type: 'tap', name: 'tap0', mac: null }] },
      schema: 3,
    };
    const { driverOptions: _options, ...spec } = third.spec;
    const second = { ...third, spec, schema: 2 };
    const { lifetime: _lifetime, ...first } = { ...second, schema: 1 };
    for (const older of [third, second, first]) {
      writeFileSync(file, JSON.stringify(older));
      const read = await readRecord(file, systemFileSystem);
      const driverOptions = older === third ? RECORD.spec.driverOptions : {};
      expect(read).toEqual({ ...RECORD, spec: { ...RECORD.spec, driverOptions } });
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(older);
    }
  });

  it('sets aside a record of a schema that never was', async () => {
    const file = recordFile();
    writeFileSync(file, JSON.stringify({ ...RECORD, schema: 0 }));
    await expect(readRecord(file, systemFileSystem)).rejects.toMatchObject({
      details: { setAside: `${file}.corrupt-1` },
    });
  });

  it('reports a record that cannot be read as such', async () => {
    const file = recordFile();
    mkdirSync(file);
    await expect(readRecord(file, systemFileSystem)).rejects.toMatchObject({ code: 'IO', cause: { code: 'EISDIR' } });
  });
});

describe('listRecordFiles', () => {
  it('lists what has a record, and no other folder, file or link', async () => {
    const root = scratchDir();
    expect(await listRecordFiles(join(root, 'missing'))).toEqual([]);
    for (const [namespace, name] of [
      ['b', 'one'],
      ['a', 'two'],
      ['a', 'one'],
      ['.run', 'one'],
    ] as const) {
      const { recordFile } = vmLayout(root, namespace, name);
      mkdirSync(dirname(recordFile), { recursive: true });
      await writeRecord(recordFile, { ...RECORD, namespace, name }, systemFileSystem);
    }
    mkdirSync(join(root, 'a', 'empty'));
    writeFileSync(join(root, 'file'), '');
    symlinkSync(join(root, 'a'), join(root, 'link'));
    expect(await listRecordFiles(root)).toEqual([
      { namespace: 'a', name: 'one' },
      { namespace: 'a', name: 'two' },
      { namespace: 'b', name: 'one' },
    ]);
  });
});
