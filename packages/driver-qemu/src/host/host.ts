import { type BootSpec, raceAbort } from '@vmrs/core/driver';
import {
  findProgram,
  identifyVirtiofsd,
  isExecutable,
  locateProgram,
  locateVirtiofsd,
  PerFile,
  type Virtiofsd,
} from '@vmrs/driver-kit';
import { hypervisorError } from '../errors.ts';
import type { Accelerator, ResolvedOptions } from '../options.ts';
import { type AcceleratorTrial, chooseAccelerator, trialDeadline, tryAccelerator } from './accelerators.ts';
import { BINARY_FOLDERS, inspectBinary, type QemuBinary } from './qemu-binary.ts';

/** The accelerator that guests run under, and how others fared. */
export interface AcceleratorChoice {
  readonly accelerator: Accelerator;
  readonly trials: readonly AcceleratorTrial[];
}

/** Helpers that this host has; a string says why one is missing. */
export interface Helpers {
  readonly virtiofsd: Virtiofsd | string;
  /** Path of `vhost-device-vsock`. */
  readonly vsock: { readonly path: string } | string;
  /** Path of `nsenter`. */
  readonly nsenter: { readonly path: string } | string;
}

/**
 * What this host has for QEMU, found out once per driver and kept for as long as the binary stays the same file: asking costs
 * 0.1 s, and an accelerator that hangs costs its full trial.
 */
export class QemuHost {
  readonly #options: ResolvedOptions;
  readonly #env: NodeJS.ProcessEnv;
  readonly #binary = new PerFile<QemuBinary>();
  readonly #choice = new PerFile<AcceleratorChoice>();
  readonly #virtiofsd = new PerFile<Virtiofsd | string>();

  constructor(options: ResolvedOptions, env: NodeJS.ProcessEnv) {
    this.#options = options;
    this.#env = env;
  }

  /** The QEMU to run. Throws `HYPERVISOR` when there is none, saying where it was looked for. */
  async binary(signal?: AbortSignal): Promise<QemuBinary> {
    const path = await this.#findBinary();
    return this.#binary.get(path, () => inspectBinary(path, this.#options.machine), signal);
  }

  /** The accelerator to use; a forced one is taken unseen. */
  async accelerator(binary: QemuBinary, signal?: AbortSignal): Promise<AcceleratorChoice> {
    const { accel, arch } = this.#options;
    if (accel !== 'auto') return { accelerator: accel, trials: [] };
    return this.#choice.get(binary.path, () => chooseAccelerator(binary, arch), signal);
  }

  /** Tries the accelerator that was chosen by option, for a report. */
  async tryForced(binary: QemuBinary, signal?: AbortSignal): Promise<AcceleratorTrial | null> {
    const { accel, arch } = this.#options;
    return accel === 'auto' ? null : raceAbort(tryAccelerator(binary, arch, accel, trialDeadline(binary)), signal);
  }

  /** The programs that QEMU needs beside it for some devices: those that `spec` asks for, or all. Looking for each costs milliseconds. */
  async helpers(spec?: Pick<BootSpec, 'sharedDirs' | 'vsock' | 'netns'>): Promise<Helpers> {
    const path = this.#env['PATH'];
    const { virtiofsd, vhostDeviceVsock } = this.#options;
    const unasked = (what: boolean | undefined): boolean => spec !== undefined && what !== true;
    const [daemon, vsock, nsenter] = await Promise.all([
      unasked(spec && spec.sharedDirs.length > 0) ? NOT_NEEDED : this.#findVirtiofsd(virtiofsd, path),
      unasked(spec?.vsock) ? NOT_NEEDED : locateProgram('vhost-device-vsock', vhostDeviceVsock, path),
      unasked(spec && spec.netns !== null) ? NOT_NEEDED : locateProgram('nsenter', null, path),
    ]);
    return { virtiofsd: daemon, vsock, nsenter };
  }

  async #findVirtiofsd(given: string | null, searchPath: string | undefined): Promise<Virtiofsd | string> {
    const located = await locateVirtiofsd(given, searchPath);
    if (typeof located === 'string') return located;
    return this.#virtiofsd.get(located.path, () => identifyVirtiofsd(located.path, searchPath));
  }

  async #findBinary(): Promise<string> {
    const given = this.#options.binary ?? this.#env['VMRS_QEMU'] ?? null;
    if (given !== null) {
      if (await isExecutable(given)) return given;
      const from = this.#options.binary === null ? ' (from VMRS_QEMU)' : '';
      throw hypervisorError('probe', `'${given}'${from} is not an executable file`);
    }
    const name = `qemu-system-${this.#options.arch}`;
    const found = await findProgram([name], this.#env['PATH'], BINARY_FOLDERS);
    if (found !== null) return found;
    throw hypervisorError('probe', `'${name}' is neither in PATH nor in ${BINARY_FOLDERS.join(', ')}`);
  }
}

/** The reason for which a helper is missing that nobody asked for. */
const NOT_NEEDED = 'it was not looked for';
