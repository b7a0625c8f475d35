import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectBinary, locateBinary } from './binary.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-binary-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(script: string, name = 'cloud-hypervisor'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

describe('locateBinary', () => {
  it('takes the option before the variable before PATH', async () => {
    const [inPath, byVariable, byOption] = [await program(':'), await program(':', 'two'), await program(':', 'three')];
    const env = { PATH: folder, VMRS_CLOUD_HYPERVISOR: byVariable };
    expect(await locateBinary(byOption, env)).toBe(byOption);
    expect(await locateBinary(null, env)).toBe(byVariable);
    expect(await locateBinary(null, { PATH: folder })).toBe(inPath);
  });

  it('says where it has looked, and does not go on when what it was told is not there', async () => {
    await expect(locateBinary(null, { PATH: folder })).rejects.toMatchObject({
      code: 'HYPERVISOR',
      message: expect.stringMatching(/neither in PATH nor in \/usr\/bin/),
    });
    await program(':');
    const env = { PATH: folder, VMRS_CLOUD_HYPERVISOR: join(folder, 'nothing') };
    await expect(locateBinary(null, env)).rejects.toThrow('(from VMRS_CLOUD_HYPERVISOR) is not an executable file');
    await writeFile(join(folder, 'text'), 'x');
    await expect(locateBinary(join(folder, 'text'), {})).rejects.toThrow('is not an executable file');
  });
});

describe('inspectBinary', () => {
  it('reads the version', async () => {
    const path = await program('echo cloud-hypervisor v52.0');
    expect(await inspectBinary(path)).toMatchObject({
      path,
      version: { text: 'v52.0' },
      features: { uuidKey: 'uuid' },
    });
  });

  it.each([
    ['says something else', 'echo hello', 'does not answer as Cloud Hypervisor does: hello'],
    ['is too old', 'echo cloud-hypervisor v49.0', 'is Cloud Hypervisor v49.0; v50.0 or later is needed'],
    ['fails', 'echo no >&2; exit 3', 'cannot be asked for its version'],
  ])('is an error when it %s', async (_, script, message) => {
    await expect(inspectBinary(await program(script))).rejects.toMatchObject({
      code: 'HYPERVISOR',
      message: expect.stringContaining(message),
    });
  });
});
