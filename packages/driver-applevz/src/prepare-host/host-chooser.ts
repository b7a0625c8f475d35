import { raceAbort } from '@vmrs/core/driver';
import { isExecutable } from '@vmrs/driver-kit';
import { HOST_VARIABLE, type HostOptions, type HostPlan, type ProcessFacts, planHost } from './plan-host.ts';
import { preparationError } from './preparation-error.ts';
import { prepareHost } from './prepare-host.ts';
import type { PrepareSeams } from './prepare-options.ts';
import type { PreparedHost } from './prepared-host.ts';
import type { PrepareTools } from './tools.ts';

/** Where a VM runs. */
export type HostChoice =
  | { readonly kind: 'inProcess'; readonly why: string }
  | {
      readonly kind: 'process';
      readonly executable: string;
      /** To be added to the environment of the host process. */
      readonly env: Readonly<Record<string, string>>;
      readonly why: string;
    };

/** Options of a {@link HostChooser} that are not for users. */
export interface HostChooserOptions extends HostOptions {
  /** Path of the addon that a new copy is tried with. */
  readonly addon?: string;
  readonly tools?: PrepareTools;
  readonly seams?: PrepareSeams;
}

/** Who asks. */
export interface ChooseOptions {
  /** Name of the VM; in errors. */
  readonly vm?: string;
  readonly signal?: AbortSignal;
}

/** Chooses where VMs run, and has the signed copy of node made when it is needed. One per driver. */
export class HostChooser {
  readonly #options: HostChooserOptions;
  readonly #env: Readonly<Record<string, string | undefined>>;
  #preparing: Promise<PreparedHost> | null = null;

  constructor(options: HostChooserOptions, env: Readonly<Record<string, string | undefined>>) {
    this.#options = options;
    this.#env = env;
  }

  /** What {@link choose} will do. Looks at nothing. */
  plan(facts: ProcessFacts): HostPlan {
    return planHost(this.#options, this.#env, facts);
  }

  /**
   * Where a VM runs. Callers at the same time share one preparation; it goes on for the others when one gives up. Afterwards it is asked for again, which takes milliseconds
   * and finds out when the cache was cleaned. Throws `PREFLIGHT_FAILED` with what to do, or the signal's reason.
   */
  async choose(facts: ProcessFacts, { vm, signal }: ChooseOptions = {}): Promise<HostChoice> {
    signal?.throwIfAborted();
    const plan = this.plan(facts);
    switch (plan.kind) {
      case 'inProcess':
        return plan;
      case 'process':
        await assertExecutable(plan, vm);
        return plan;
      case 'prepared': {
        const { executable } = await raceAbort(this.#prepare(plan.node), signal);
        return { kind: 'process', executable, env: {}, why: plan.why };
      }
    }
  }

  #prepare(node: string | null): Promise<PreparedHost> {
    if (this.#preparing !== null) return this.#preparing;
    const { cacheDir, addon, tools, seams } = this.#options;
    const preparing = prepareHost({
      ...(node === null ? {} : { node }),
      ...(cacheDir === undefined ? {} : { cacheDir }),
      ...(addon === undefined ? {} : { addon }),
      ...(tools === undefined ? {} : { tools }),
      seams: { env: this.#env, ...seams },
    });
    this.#preparing = preparing;
    const done = (): void => {
      this.#preparing = null;
    };
    // Whoever waits for it gets its failure.
    preparing.then(done, done);
    return preparing;
  }
}

async function assertExecutable(
  { executable, why }: Extract<HostPlan, { kind: 'process' }>,
  vm: string | undefined,
): Promise<void> {
  if (await isExecutable(executable)) return;
  const message = `the host program '${executable}' is not an executable file (${why})`;
  throw preparationError({ path: 'hostPath', message, fix: `correct hostPath or ${HOST_VARIABLE}` }, { vm });
}
