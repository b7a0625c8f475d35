import { type AppleVzAddon, type HostFacts, loadAddon } from '@vmrs/applevz-addon';
import { PerFile } from '@vmrs/driver-kit';
import type { ResolvedOptions } from '../options.ts';
import { HostChooser, type HostExecutable } from '../prepare-host/index.ts';
import { askFacts } from './ask-facts.ts';

/** What this Mac has, found out once per driver: the executable for host processes, and what the framework allows it. */
export class Mac {
  readonly #options: ResolvedOptions;
  readonly #env: NodeJS.ProcessEnv;
  readonly #chooser: HostChooser;
  readonly #facts = new PerFile<HostFacts>();

  constructor(options: ResolvedOptions, env: NodeJS.ProcessEnv) {
    this.#options = options;
    this.#env = env;
    this.#chooser = new HostChooser(options, env);
  }

  /** The executable for host processes, made if need be; null where machines live in this process. Throws `HYPERVISOR` when there is none and none can be made. */
  async executable(signal?: AbortSignal): Promise<HostExecutable | null> {
    return this.#options.mode === 'inProcess' ? null : this.#chooser.executable(signal);
  }

  /** What the framework allows the process in which machines live. Throws `HYPERVISOR` when it cannot be asked. */
  async facts(signal?: AbortSignal): Promise<HostFacts> {
    const host = await this.executable(signal);
    if (host === null) return this.addon().hostFacts();
    return this.#facts.get(host.path, () => askFacts(host, this.#options.addon), signal);
  }

  /** The addon in this process. Throws `AddonError`, which says where it was looked for. */
  addon(): AppleVzAddon {
    const { addon } = this.#options;
    return loadAddon({ ...(addon === null ? {} : { path: addon }), env: this.#env });
  }
}
