import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scriptedKernel } from '../../../applevz-fake/src/index.ts';
import type { MachineSpec } from '../../src/index.ts';

/** A folder with what a machine needs. */
export interface Scene extends AsyncDisposable {
  readonly dir: string;
  readonly serialLog: string;
  /** A machine that boots; `over` replaces members. */
  spec(over?: Partial<MachineSpec>): MachineSpec;
  /** The same with a guest that obeys hooks of the double, such as `power-off`. */
  scripted(...hooks: readonly string[]): MachineSpec;
}

const MIB = 1024 * 1024;

export async function makeScene(): Promise<Scene> {
  const dir = await mkdtemp(join(tmpdir(), 'vmrs-avz-'));
  const kernel = await scriptedKernel(join(dir, 'kernel'), 'arm64');
  const disk = join(dir, 'disk.img');
  await writeFile(disk, Buffer.alloc(4096));
  const serialLog = join(dir, 'serial.log');
  const spec = (over: Partial<MachineSpec> = {}): MachineSpec => ({
    label: 'vmrs test',
    boot: { kind: 'linux', kernel, initramfs: null, cmdline: 'console=hvc0' },
    cpus: 1,
    memoryBytes: 64 * MIB,
    machineId: null,
    nestedVirtualization: false,
    disks: [{ path: disk, readOnly: false, caching: 'cached', synchronization: 'fsync', identifier: 'root' }],
    networks: [{ kind: 'nat', mac: '02:00:00:aa:bb:cc' }],
    shares: [],
    serial: { kind: 'file', path: serialLog },
    vsock: true,
    ...over,
  });
  return {
    dir,
    serialLog,
    spec,
    scripted: (...hooks) => {
      const cmdline = ['console=hvc0', ...hooks.map((hook) => `vmrs.test=${hook}`)].join(' ');
      return spec({ boot: { kind: 'linux', kernel, initramfs: null, cmdline } });
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}
