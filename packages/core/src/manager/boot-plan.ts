import type { BootSpec } from '../config/index.ts';
import { vmLayout } from '../store/index.ts';
import type { Roots } from './options/roots.ts';
import { summarize, type VmSummary } from './vm-summary.ts';

/** What {@link VmManager.boot} would do with a configuration. */
export interface BootPlan {
  /** Id of the driver whose rules were checked, and that would boot it; null when the manager has none: only core's rules were checked then. */
  readonly driver: string | null;
  /** The configuration with every default filled in. Its command line and driver options may hold secrets. */
  readonly spec: BootSpec;
  /** Folder of the record and the logs. */
  readonly stateDir: string;
  /** The guest's console. */
  readonly serialLog: string;
  /** stdout and stderr of the VMM. */
  readonly vmmLog: string;
  /** Folder in which the one with the VM's sockets is made. */
  readonly runtimeRoot: string;
  /** The VM that has the name at present, living or ended; null when it is free. */
  readonly present: VmSummary | null;
}

/** The plan for a checked spec. Changes nothing. */
export async function planOf(spec: BootSpec, driver: string | null, roots: Roots): Promise<BootPlan> {
  const { namespace, name, serialLog } = spec;
  const { stateDir, vmmLog } = vmLayout(roots.state, namespace, name);
  const present = await summarize(roots, { namespace, name }, undefined);
  return { driver, spec, stateDir, serialLog, vmmLog, runtimeRoot: roots.runtime, present };
}
