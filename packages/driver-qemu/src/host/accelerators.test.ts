import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '@vmrs/driver-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseAccelerator, tryAccelerator } from './accelerators.ts';
import { inspectBinary } from './qemu-binary.ts';

const path = process.env['PATH'];
const x86 = await findProgram(['qemu-system-x86_64'], path);
const arm = process.env['VMRS_QEMU_AARCH64'] ?? (await findProgram(['qemu-system-aarch64'], path));
let folder: string;
let temporary: string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-accel-'));
  temporary = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
});

afterEach(async () => {
  if (temporary === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = temporary;
  await rm(folder, { recursive: true, force: true });
});

describe('the trial program', () => {
  it.skipIf(x86 === null)(`runs on x86_64${x86 === null ? ' (skipped: needs qemu-system-x86_64)' : ''}`, async () => {
    const trial = await tryAccelerator({ path: x86 ?? '', accelerators: ['tcg'] }, 'x86_64', 'tcg', 20_000);
    expect(trial).toEqual({ accelerator: 'tcg', works: true, reason: null, fix: null });
    expect(await readdir(folder)).toEqual([]);
  });

  it.skipIf(arm === null)(`runs on aarch64${arm === null ? ' (skipped: needs qemu-system-aarch64)' : ''}`, async () => {
    const trial = await tryAccelerator({ path: arm ?? '', accelerators: ['tcg'] }, 'aarch64', 'tcg', 20_000);
    expect(trial).toMatchObject({ works: true });
  });

  it.skipIf(x86 === null)('is not taken to have run when it was given no time', async () => {
    const trial = await tryAccelerator({ path: x86 ?? '', accelerators: ['tcg'] }, 'x86_64', 'tcg', 1);
    expect(trial).toMatchObject({ works: false, reason: expect.stringContaining('did not finish in 1 ms') });
    expect(await readdir(folder)).toEqual([]);
  });

  it('tells why QEMU does not start, and what was not compiled in', async () => {
    const broken = await tryAccelerator({ path: '/bin/false', accelerators: ['tcg'] }, 'x86_64', 'tcg');
    expect(broken).toMatchObject({ works: false, reason: expect.stringContaining('cannot start') });
    const absent = await tryAccelerator({ path: '/bin/false', accelerators: ['tcg'] }, 'x86_64', 'hvf');
    expect(absent).toMatchObject({ works: false, reason: expect.stringContaining('built without') });
  });
});

describe.skipIf(x86 === null)('chooseAccelerator', () => {
  it('never tries to run a foreign architecture natively', async () => {
    const binary = await inspectBinary(x86 ?? '', 'q35');
    const { accelerator, trials } = await chooseAccelerator(binary, 'x86_64', { platform: 'linux', arch: 'arm64' });
    expect(accelerator).toBe('tcg');
    expect(trials).toMatchObject([{ accelerator: 'kvm', works: false }]);
  });

  it('takes what the trial says, whatever it says', async () => {
    const binary = await inspectBinary(x86 ?? '', 'q35');
    const { accelerator, trials } = await chooseAccelerator(binary, 'x86_64');
    expect(accelerator).toBe(trials.find(({ works }) => works)?.accelerator ?? 'tcg');
    for (const { works, reason } of trials) expect(reason === null).toBe(works);
  });
});
