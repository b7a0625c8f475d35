import type { BootSpec } from '@vmrs/core/driver';
import { identifyVirtiofsd, locateProgram, locateVirtiofsd, PerFile, type Virtiofsd } from '@vmrs/driver-kit';
import type { ResolvedOptions } from '../options.ts';
import { type ChBinary, inspectBinary, locateBinary } from './binary.ts';
import { whyNoGuestRuns } from './kvm-trial.ts';

/** Programs that this host has beside Cloud Hypervisor; a string says why one is missing. */
export interface Helpers {
  readonly virtiofsd: Virtiofsd | string;
  /** `ip`, which starts a program in a network namespace. */
  readonly ip: { readonly path: string } | string;
  /** `unshare`, which starts a program in a mount namespace of its own. */
  readonly unshare: { readonly path: string } | string;
}

/** What of a VM asks for helpers. */
export interface Needs extends Pick<BootSpec, 'sharedDirs' | 'netns'> {
  readonly privateMounts: boolean;
}

/** The reason for which a helper is missing that nobody asked for. */
const NOT_NEEDED = 'it was not looked for';

/** What this host has for Cloud Hypervisor, found out once per driver and kept for as long as the programs stay the same files. */
export class ChHost {
  readonly #options: Pick<ResolvedOptions, 'binary' | 'virtiofsd'>;
  readonly #env: NodeJS.ProcessEnv;
  readonly #binary = new PerFile<ChBinary>();
  readonly #trial = new PerFile<string | null>();
  readonly #virtiofsd = new PerFile<Virtiofsd | string>();

  constructor(options: Pick<ResolvedOptions, 'binary' | 'virtiofsd'>, env: NodeJS.ProcessEnv) {
    this.#options = options;
    this.#env = env;
  }

  /** The Cloud Hypervisor to run. Throws `HYPERVISOR` when there is none, saying where it was looked for. */
  async binary(signal?: AbortSignal): Promise<ChBinary> {
    const path = await locateBinary(this.#options.binary, this.#env);
    return this.#binary.get(path, () => inspectBinary(path), signal);
  }

  /** Whether a guest runs here: null when one does, else what happened to it. */
  async whyNoGuestRuns(binary: ChBinary, signal?: AbortSignal): Promise<string | null> {
    return this.#trial.get(binary.path, () => whyNoGuestRuns(binary), signal);
  }

  /** The helpers that `needs` asks for, or all. */
  async helpers(needs?: Needs): Promise<Helpers> {
    const path = this.#env['PATH'];
    const asked = (what: boolean | undefined): boolean => needs === undefined || what === true;
    const [virtiofsd, ip, unshare] = await Promise.all([
      asked(needs && needs.sharedDirs.length > 0) ? this.virtiofsd() : NOT_NEEDED,
      asked(needs && needs.netns !== null) ? locateProgram('ip', null, path) : NOT_NEEDED,
      asked(needs?.privateMounts) ? locateProgram('unshare', null, path) : NOT_NEEDED,
    ]);
    return { virtiofsd, ip, unshare };
  }

  /** The virtio-fs daemon; a string says why there is none. */
  async virtiofsd(): Promise<Virtiofsd | string> {
    const searchPath = this.#env['PATH'];
    const located = await locateVirtiofsd(this.#options.virtiofsd, searchPath);
    if (typeof located === 'string') return located;
    return this.#virtiofsd.get(located.path, () => identifyVirtiofsd(located.path, searchPath));
  }
}
