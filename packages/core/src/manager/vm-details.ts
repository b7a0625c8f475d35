import type { BootSpec } from '../config/index.ts';
import type { Lifetime, ProcessIdentity } from '../contract/index.ts';
import { readRecord, vmLayout } from '../store/index.ts';
import type { Roots } from './options/roots.ts';
import { notFound } from './refusals.ts';
import type { VmRuntime } from './runtime/vm-runtime.ts';
import type { VmKey } from './vm-key.ts';
import { summarize, type VmSummary } from './vm-summary.ts';

/** All that is known of one VM without taking it. */
export interface VmDetails extends VmSummary {
  /** What it was booted with. Its command line and driver options may hold secrets. */
  readonly spec: BootSpec;
  readonly lifetime: Lifetime;
  /** The VMM as recorded; null as long as it is not known, and where there is none. */
  readonly process: ProcessIdentity | null;
  readonly files: VmFilePaths;
}

/** Where the files of one VM are. What a VM that has ended has left may be gone. */
export interface VmFilePaths {
  /** Record and logs. */
  readonly stateDir: string;
  /** Sockets. */
  readonly runtimeDir: string;
  /** The guest's console. */
  readonly serialLog: string;
  /** Where the output of the latest boot begins in it, in bytes. */
  readonly serialFrom: number;
  /** stdout and stderr of the VMM. */
  readonly vmmLog: string;
}

/** The VM of that name as its record tells; `mine`: the same in this controller's hands. Throws `NOT_FOUND`, `STORE_CORRUPT`, `IO`. */
export async function describeVm(roots: Roots, key: VmKey, mine: VmRuntime | undefined): Promise<VmDetails> {
  const { stateDir, recordFile, vmmLog } = vmLayout(roots.state, key.namespace, key.name);
  const record = await readRecord(recordFile, roots.fileSystem);
  const summary = record === null ? null : await summarize(roots, key, mine);
  if (record === null || summary === null) throw notFound(key.name);
  const { spec, lifetime, process, runtimeDir } = record;
  const { serialLog } = spec;
  return {
    ...summary,
    lifetime,
    process,
    files: { stateDir, runtimeDir, serialLog, serialFrom: record.console.offset, vmmLog },
    spec,
  };
}
