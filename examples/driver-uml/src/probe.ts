import type { AbortOptions, ProbeReport } from '@vmrs/core/driver';
import { locateProgram } from '@vmrs/driver-kit';
import type { ResolvedOptions } from './options.ts';

/** What this host allows. That it lets a process trace its children, which the kernel needs, only a start can tell. */
export async function probeHost({ mconsole }: ResolvedOptions, { signal }: AbortOptions = {}): Promise<ProbeReport> {
  signal?.throwIfAborted();
  const found = await locateProgram('uml_mconsole', mconsole, process.env['PATH']);
  if (typeof found === 'string') {
    const fix = 'install uml-utilities (and user-mode-linux for a kernel), or give the option mconsole';
    return { usable: false, problems: [{ path: 'mconsole', message: found, fix }], facts: {} };
  }
  return { usable: true, problems: [], facts: { mconsole: found.path } };
}
