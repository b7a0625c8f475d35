import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isVmError } from '@vmrs/core/driver';
import { findProgram } from '@vmrs/driver-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type QemuOptions, resolveOptions } from '../options.ts';
import { QemuHost } from './host.ts';

const real = await findProgram(['qemu-system-x86_64'], process.env['PATH']);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-host-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

const hostWith = (options: QemuOptions, env: NodeJS.ProcessEnv = {}): QemuHost =>
  new QemuHost(resolveOptions({ arch: 'x86_64', ...options }), env);

describe('QemuHost', () => {
  it.skipIf(real === null)('asks the binary that it is told: by option, by VMRS_QEMU, by PATH', async () => {
    await symlink(real ?? '', join(folder, 'qemu-system-x86_64'));
    const linked = join(folder, 'qemu-system-x86_64');
    for (const host of [
      hostWith({ binary: linked }),
      hostWith({}, { VMRS_QEMU: linked }),
      hostWith({}, { PATH: folder }),
    ]) {
      const binary = await host.binary();
      expect(binary.path).toBe(linked);
      expect(binary.version.major).toBeGreaterThanOrEqual(7);
      expect(binary.accelerators).toContain('tcg');
      expect(binary.devices).toContain('virtio-net-pci');
      expect(binary.netdevs).toContain('dgram');
      expect(binary.maxCpus).toBeGreaterThan(1);
    }
  });

  it.skipIf(real === null)('asks once, and again when the file is another one', async () => {
    const path = join(folder, 'qemu');
    await writeFile(path, `#!/bin/sh\necho x >>'${folder}/calls'\nexec '${real}' "$@"\n`);
    await chmod(path, 0o755);
    const host = hostWith({ binary: path });
    const [first, second] = await Promise.all([host.binary(), host.binary()]);
    expect(second).toBe(first);
    expect(await host.binary()).toBe(first);
    await writeFile(path, `#!/bin/sh\n# another build\nexec '${real}' "$@"\n`);
    expect(await host.binary()).not.toBe(first);
  });

  it('says what is wrong with what it was given, and tries again the next time', async () => {
    const path = await program('qemu', 'echo "no such machine" >&2; exit 1');
    const host = hostWith({ binary: path });
    await expect(host.binary()).rejects.toSatisfy(
      (error) => isVmError(error, 'HYPERVISOR') && error.message.includes('no such machine'),
    );
    await expect(host.binary()).rejects.toThrow(/no such machine/);
    await expect(hostWith({ binary: join(folder, 'absent') }).binary()).rejects.toThrow(/not an executable file/);
    await expect(hostWith({}, { VMRS_QEMU: folder }).binary()).rejects.toThrow(/from VMRS_QEMU/);
  });

  it('does not wait for a program that says nothing when it is aborted', async () => {
    const path = await program('qemu', 'exec sleep 30');
    const abort = new AbortController();
    const asking = hostWith({ binary: path }).binary(abort.signal);
    setTimeout(() => abort.abort(new Error('enough')), 20);
    await expect(asking).rejects.toThrow('enough');
  });

  it.skipIf(process.platform !== 'linux')('tells virtio-fs daemons apart by their help', async () => {
    const rust = await program('rust', 'echo "--shared-dir <DIR> --readonly"');
    const old = await program('old', 'echo "--shared-dir <DIR>"');
    const other = await program('other', 'echo "something else"');
    const failing = await program('failing', 'exit 3');
    const find = async (virtiofsd: string): Promise<unknown> =>
      (await hostWith({ virtiofsd }, process.env).helpers()).virtiofsd;
    expect(await find(rust)).toMatchObject({ dialect: 'rust', readOnly: { by: 'switch' } });
    expect(await find(old)).toMatchObject({ dialect: 'rust' });
    expect(await find(other)).toContain('does not look like');
    expect(await find(failing)).toContain('cannot be asked');
    expect(await find(join(folder, 'absent'))).toContain('not an executable');
  });
});
