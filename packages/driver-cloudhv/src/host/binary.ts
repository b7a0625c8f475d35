import { findProgram, isExecutable, runTool } from '@vmrs/driver-kit';
import { hypervisorError, messageOf } from '../errors.ts';
import { type Features, featuresOf, OLDEST } from './features.ts';
import { type ChVersion, isAtLeast, parseVersion } from './version.ts';

/** The Cloud Hypervisor to run. */
export interface ChBinary {
  readonly path: string;
  readonly version: ChVersion;
  readonly features: Features;
  /** Milliseconds that it took to say its version: how slow this host is. */
  readonly askedMs: number;
}

/** Where it is looked for when it is not in `PATH`. */
const FOLDERS: readonly string[] = ['/usr/bin', '/usr/local/bin', '/usr/libexec', '/opt/cloud-hypervisor/bin'];

/** Names under which releases and distributions have it. */
const NAMES: readonly string[] = ['cloud-hypervisor', 'cloud-hypervisor-static'];

/** The variable that names the binary. */
export const BINARY_VARIABLE = 'VMRS_CLOUD_HYPERVISOR';

/** Path of the binary: the option, else `$VMRS_CLOUD_HYPERVISOR`, else `PATH`, else well-known places. Throws `HYPERVISOR` when there is none. */
export async function locateBinary(given: string | null, env: NodeJS.ProcessEnv): Promise<string> {
  const named = given ?? env[BINARY_VARIABLE] ?? null;
  if (named !== null) {
    if (await isExecutable(named)) return named;
    const from = given === null ? ` (from ${BINARY_VARIABLE})` : '';
    throw hypervisorError('probe', `'${named}'${from} is not an executable file`);
  }
  const found = await findProgram(NAMES, env['PATH'], FOLDERS);
  if (found !== null) return found;
  throw hypervisorError('probe', `'cloud-hypervisor' is neither in PATH nor in ${FOLDERS.join(', ')}`);
}

/** Asks a binary for its version. Throws `HYPERVISOR` when it does not say one, or too old a one. */
export async function inspectBinary(path: string): Promise<ChBinary> {
  const since = performance.now();
  let output: string;
  try {
    output = await runTool(path, ['--version']);
  } catch (cause) {
    throw hypervisorError('probe', `'${path}' cannot be asked for its version: ${messageOf(cause)}`, { cause });
  }
  const askedMs = performance.now() - since;
  const version = parseVersion(output);
  if (version === null) {
    const native = output.trim().slice(0, 200);
    throw hypervisorError('probe', `'${path}' does not answer as Cloud Hypervisor does: ${native}`, { native });
  }
  if (!isAtLeast(version, OLDEST.major, OLDEST.minor)) {
    const detail = `'${path}' is Cloud Hypervisor ${version.text}; v${OLDEST.major}.${OLDEST.minor} or later is needed`;
    throw hypervisorError('probe', detail);
  }
  return { path, version, features: featuresOf(version), askedMs };
}
