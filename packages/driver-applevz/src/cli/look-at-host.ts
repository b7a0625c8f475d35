import { isVmError, type Problem } from '@vmrs/core/driver';
import { isExecutable } from '@vmrs/driver-kit';
import {
  findPreparedHost,
  HOST_VARIABLE,
  type HostExecutable,
  type PrepareHostOptions,
  type PrepareSeams,
  type ProcessFacts,
  planHost,
  TOOLS,
} from '../prepare-host/index.ts';

/** The executable for host processes, as far as there is one. */
export type HostLook =
  | { readonly state: 'ready'; readonly executable: HostExecutable }
  /** It is made when it is needed, and nothing is known that stands in the way. */
  | { readonly state: 'to be made' }
  | { readonly state: 'impossible'; readonly problems: readonly Problem[] };

/** Finds out in which executable VMs would run. Makes nothing. Throws the system's error. */
export async function lookAtHost(
  env: Readonly<Record<string, string | undefined>>,
  facts: ProcessFacts,
  more: PrepareHostOptions,
  seams: PrepareSeams,
): Promise<HostLook> {
  const plan = planHost({ hostPath: null, hostNode: null }, env, facts);
  if (plan.kind === 'prepared') return lookAtPrepared(more, { env, ...seams });
  const { executable } = plan;
  if (await isExecutable(executable.path)) return { state: 'ready', executable };
  const message = `'${executable.path}' is not an executable file (${executable.why})`;
  return { state: 'impossible', problems: [{ path: 'host', message, fix: `correct ${HOST_VARIABLE}` }] };
}

async function lookAtPrepared(more: PrepareHostOptions, seams: PrepareSeams): Promise<HostLook> {
  try {
    const prepared = await findPreparedHost(more, seams);
    if (prepared !== null) {
      const why = `a signed copy of '${prepared.node.executable}'`;
      return { state: 'ready', executable: { path: prepared.executable, env: {}, why } };
    }
  } catch (error) {
    if (!isVmError(error, 'PREFLIGHT_FAILED')) throw error;
    return { state: 'impossible', problems: error.details.problems };
  }
  const { codesign } = { ...TOOLS, ...more.tools };
  if (await isExecutable(codesign)) return { state: 'to be made' };
  const message = `'${codesign}' is not there, so no copy of node can be signed`;
  const fix = 'install the Command Line Tools with `xcode-select --install`';
  return { state: 'impossible', problems: [{ path: 'codesign', message, fix }] };
}
