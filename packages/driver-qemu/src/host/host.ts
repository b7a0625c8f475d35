import { type BootSpec, raceAbort } from '@vmrs/core/driver';
import { hypervisorError } from '../errors.ts';
import type { Accelerator, ResolvedOptions } from '../options.ts';
import { type AcceleratorTrial, chooseAccelerator, tryAccelerator } from './accelerators.ts';
import { findProgram, isExecutable } from './find-program.ts';
import { BINARY_FOLDERS, fileGeneration, inspectBinary, type QemuBinary } from './qemu-binary.ts';
import { identifyVirtiofsd, locateVirtiofsd, type Virtiofsd } from './virtiofsd.ts';

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
  #binary: Cached<QemuBinary> | null = null;
  #choice: Cached<AcceleratorChoice> | null = null;
  #virtiofsd: Cached<Virtiofsd | string> | null = null;

  constructor(options: ResolvedOptions, env: NodeJS.ProcessEnv) {
    this.#options = options;
    this.#env = env;
  }

  /** The QEMU to run. Throws `HYPERVISOR` when there is none, saying where it was looked for. */
  async binary(signal?: AbortSignal): Promise<QemuBinary> {
    const path = await this.#findBinary();
    const key = await fileGeneration(path);
    if (this.#binary?.key !== key) this.#binary = remember(key, inspectBinary(path, this.#options.machine));
    const cached = this.#binary;
    try {
      return await raceAbort(cached.value, signal);
    } catch (error) {
      // A failure may be over the next time; an abort says nothing about the binary.
      if (signal?.aborted !== true && this.#binary === cached) this.#binary = null;
      throw error;
    }
  }

  /** The accelerator to use; a forced one is taken unseen. */
  async accelerator(binary: QemuBinary, signal?: AbortSignal): Promise<AcceleratorChoice> {
    const { accel, arch } = this.#options;
    if (accel !== 'auto') return { accelerator: accel, trials: [] };
    const key = await fileGeneration(binary.path);
    if (this.#choice?.key !== key) this.#choice = remember(key, chooseAccelerator(binary, arch));
    const cached = this.#choice;
    try {
      return await raceAbort(cached.value, signal);
    } catch (error) {
      if (signal?.aborted !== true && this.#choice === cached) this.#choice = null;
      throw error;
    }
  }

  /** Tries the accelerator that was chosen by option, for a report. */
  async tryForced(binary: QemuBinary, signal?: AbortSignal): Promise<AcceleratorTrial | null> {
    const { accel, arch } = this.#options;
    return accel === 'auto' ? null : raceAbort(tryAccelerator(binary, arch, accel), signal);
  }

  /** The programs that QEMU needs beside it for some devices: those that `spec` asks for, or all. Looking for each costs milliseconds. */
  async helpers(spec?: Pick<BootSpec, 'sharedDirs' | 'vsock' | 'netns'>): Promise<Helpers> {
    const path = this.#env['PATH'];
    const { virtiofsd, vhostDeviceVsock } = this.#options;
    const unasked = (what: boolean | undefined): boolean => spec !== undefined && what !== true;
    const [daemon, vsock, nsenter] = await Promise.all([
      unasked(spec && spec.sharedDirs.length > 0) ? NOT_NEEDED : this.#findVirtiofsd(virtiofsd, path),
      unasked(spec?.vsock) ? NOT_NEEDED : findHelper('vhost-device-vsock', vhostDeviceVsock, path),
      unasked(spec && spec.netns !== null) ? NOT_NEEDED : findHelper('nsenter', null, path),
    ]);
    return { virtiofsd: daemon, vsock, nsenter };
  }

  async #findVirtiofsd(given: string | null, searchPath: string | undefined): Promise<Virtiofsd | string> {
    const located = await locateVirtiofsd(given, searchPath);
    if (typeof located === 'string') return located;
    const key = await fileGeneration(located.path);
    if (this.#virtiofsd?.key !== key) this.#virtiofsd = remember(key, identifyVirtiofsd(located.path, searchPath));
    return this.#virtiofsd.value;
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

interface Cached<T> {
  readonly key: string;
  readonly value: Promise<T>;
}

function remember<T>(key: string, value: Promise<T>): Cached<T> {
  // Whoever waits for it gets the failure; while nobody does it is nobody's.
  value.catch(() => undefined);
  return { key, value };
}

async function findHelper(
  name: string,
  given: string | null,
  searchPath: string | undefined,
): Promise<{ readonly path: string } | string> {
  if (process.platform !== 'linux') return `${name} runs on Linux only`;
  if (given !== null) return (await isExecutable(given)) ? { path: given } : `'${given}' is not an executable file`;
  const path = await findProgram([name], searchPath, ['/usr/bin', '/usr/libexec', '/usr/local/bin', '/bin']);
  return path === null ? `${name} is not installed` : { path };
}
