import { type AppleVzAddon, type HostFacts, loadAddon } from '@vmrs/applevz-addon';
import { PerFile } from '@vmrs/driver-kit';
import type { ResolvedOptions } from '../options.ts';
import { HostChooser, type HostExecutable, type HostPlan } from '../prepare-host/index.ts';
import { askFacts } from './ask-facts.ts';

/** Where machines are to live: in this process, or in processes of an executable that may have to be made first. */
export type Home = { readonly kind: 'inProcess' } | HostPlan;

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

  /** Where machines are to live. Makes nothing. */
  home(): Home {
    return this.#options.mode === 'inProcess' ? { kind: 'inProcess' } : this.#chooser.plan();
  }

  /** The executable for host processes, made if need be; null where machines live in this process. Throws `PREFLIGHT_FAILED` with what to do when there is none and none can be made. */
  async executable(signal: AbortSignal, vm: string): Promise<HostExecutable | null> {
    return this.#options.mode === 'inProcess' ? null : this.#chooser.executable(signal, vm);
  }

  /**
   * What the framework allows where machines are to live. Makes nothing: for a copy of node that has not been made yet it tells what it will be. Throws `AddonError`, or
   * `HYPERVISOR` when the executable cannot be asked.
   */
  async facts(signal?: AbortSignal): Promise<HostFacts> {
    const home = this.home();
    if (home.kind === 'executable' && home.executable.path !== process.execPath) {
      const { executable } = home;
      return this.#facts.get(executable.path, () => askFacts(executable, this.#options.addon), signal);
    }
    const here = this.addon().hostFacts();
    if (home.kind !== 'prepared') return here;
    // Its signature has this one entitlement; that it does is seen when it is made.
    return { ...here, entitled: true, mayBridge: process.geteuid?.() === 0 };
  }

  /** The addon in this process. Throws `AddonError`, which says where it was looked for. */
  addon(): AppleVzAddon {
    const { addon } = this.#options;
    return loadAddon({ ...(addon === null ? {} : { path: addon }), env: this.#env });
  }
}
