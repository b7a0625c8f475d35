import { isVmError, raceAbort } from '@vmrs/core/driver';
import { isExecutable } from '@vmrs/driver-kit';
import {
  HOST_VARIABLE,
  type HostExecutable,
  type HostOptions,
  type HostPlan,
  type ProcessFacts,
  planHost,
} from './plan-host.ts';
import { preparationError } from './preparation-error.ts';
import { prepareHost } from './prepare-host.ts';
import type { PrepareHostOptions, PrepareSeams } from './prepare-options.ts';
import type { PreparedHost } from './prepared-host.ts';
import { thisProcess } from './this-process.ts';
import type { PrepareTools } from './tools.ts';

/** What a {@link HostChooser} goes by; null where nothing was said. */
export interface HostChooserOptions extends HostOptions {
  readonly cacheDir: string | null;
  readonly addon: string | null;
}

/** What tests put in place of this system. */
export interface HostChooserSeams {
  readonly facts?: ProcessFacts;
  readonly tools?: PrepareTools;
  readonly prepare?: PrepareSeams;
}

/** Chooses the executable for host processes, and has the signed copy of node made when it is needed. One per driver. */
export class HostChooser {
  readonly #options: HostChooserOptions;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #facts: ProcessFacts;
  readonly #prepareOptions: PrepareHostOptions;
  readonly #prepareSeams: PrepareSeams;
  #preparing: Promise<PreparedHost> | null = null;

  constructor(
    options: HostChooserOptions,
    env: Readonly<Record<string, string | undefined>>,
    { facts, tools, prepare }: HostChooserSeams = {},
  ) {
    const { cacheDir, addon } = options;
    this.#options = options;
    this.#env = env;
    this.#facts = facts ?? thisProcess(addon, env);
    this.#prepareOptions = {
      ...(cacheDir === null ? {} : { cacheDir }),
      ...(addon === null ? {} : { addon }),
      ...(tools === undefined ? {} : { tools }),
    };
    this.#prepareSeams = { env, ...prepare };
  }

  /** Which executable {@link executable} will answer, and whether it has to be made first. */
  plan(): HostPlan {
    return planHost(this.#options, this.#env, this.#facts);
  }

  /**
   * The executable for host processes. Callers at the same time share one preparation, which goes on for the others when one gives up; a later call asks for it again, which
   * takes milliseconds and finds out when the cache was cleaned. `vm`: for whom, in errors. Throws `PREFLIGHT_FAILED` with what to do, or the signal's reason.
   */
  async executable(signal?: AbortSignal, vm?: string): Promise<HostExecutable> {
    signal?.throwIfAborted();
    const plan = this.plan();
    if (plan.kind === 'executable') {
      await assertExecutable(plan.executable, vm);
      return plan.executable;
    }
    try {
      const { executable, node } = await raceAbort(this.#prepare(plan.node), signal);
      return { path: executable, env: {}, why: `a signed copy of '${node.executable}'` };
    } catch (error) {
      throw forVm(error, vm);
    }
  }

  #prepare(node: string | null): Promise<PreparedHost> {
    if (this.#preparing !== null) return this.#preparing;
    const preparing = prepareHost({ ...this.#prepareOptions, ...(node === null ? {} : { node }) }, this.#prepareSeams);
    this.#preparing = preparing;
    const done = (): void => {
      this.#preparing = null;
    };
    // Whoever waits for it gets its failure.
    preparing.then(done, done);
    return preparing;
  }
}

/** The failure of a preparation that several VMs may have waited for, as that of one. */
function forVm(error: unknown, vm: string | undefined): unknown {
  if (vm === undefined || !isVmError(error, 'PREFLIGHT_FAILED')) return error;
  const [problem] = error.details.problems;
  return problem === undefined ? error : preparationError(problem, { vm, cause: error.cause });
}

async function assertExecutable({ path, why }: HostExecutable, vm: string | undefined): Promise<void> {
  if (await isExecutable(path)) return;
  const message = `'${path}' is not an executable file (${why})`;
  throw preparationError({ path: 'hostPath', message, fix: `correct hostPath or ${HOST_VARIABLE}` }, { vm });
}
