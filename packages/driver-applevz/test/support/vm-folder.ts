import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scriptedKernel } from '@vmrs/applevz-fake';
import type { WireMachineSpec } from '../../src/control/protocol.ts';

/** What a scripted guest of the double does besides coming up: the hooks of the kernel command line. */
export type Hook =
  | 'no-marker'
  | 'ignore-power-button'
  | 'panic'
  | 'panic-after-ready'
  | 'poweroff-after-ready'
  | 'power-off';

/** A folder for the files of one VM. */
export class VmFolder implements AsyncDisposable {
  readonly path: string;
  readonly socket: string;
  readonly vsock: string;
  readonly serialLog: string;
  /** What the double has counted, of each process that loaded it. */
  readonly counterLog: string;

  private constructor(path: string) {
    this.path = path;
    this.socket = join(path, 'host.sock');
    this.vsock = join(path, 'vsock.sock');
    this.serialLog = join(path, 'serial.log');
    this.counterLog = join(path, 'counters.log');
  }

  static async make(): Promise<VmFolder> {
    return new VmFolder(await mkdtemp(join(tmpdir(), 'vmrs-host-')));
  }

  /** A machine whose guest is scripted. */
  async spec(hooks: readonly Hook[] = [], init: Partial<WireMachineSpec> = {}): Promise<WireMachineSpec> {
    const kernel = await scriptedKernel(join(this.path, 'kernel'), 'arm64');
    const cmdline = `console=hvc0 vmrs.test=${hooks.join(',')}`;
    return {
      label: 'web',
      boot: { kind: 'linux', kernel, initramfs: null, cmdline },
      cpus: 1,
      memoryBytes: 2 ** 28,
      machineId: null,
      nestedVirtualization: false,
      disks: [],
      networks: [],
      shares: [],
      serialLog: this.serialLog,
      vsock: false,
      ...init,
    };
  }

  /** The guest's console so far. */
  async console(): Promise<string> {
    return readFile(this.serialLog, 'utf8');
  }

  /** Resolves when the guest has written `words`. */
  async written(words: string): Promise<void> {
    while (!(await this.console()).includes(words)) await new Promise((resolve) => setImmediate(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
