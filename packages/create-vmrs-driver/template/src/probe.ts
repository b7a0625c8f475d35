import { isAbsolute } from 'node:path';
import type { AbortOptions, ProbeReport } from '@vmrs/core/driver';
import { findProgram, isExecutable } from '@vmrs/driver-kit';
import type { ResolvedOptions } from './options.ts';

/** What this host allows. Leaves nothing, and never throws for what is missing. */
export async function probeHost({ command }: ResolvedOptions, { signal }: AbortOptions = {}): Promise<ProbeReport> {
  signal?.throwIfAborted();
  const program = await locate(command[0]);
  if (program === null) {
    const message = `there is no program '${command[0]}'`;
    const fix = 'install Acmevisor, or give the option command';
    return { usable: false, problems: [{ path: 'command', message, fix }], facts: {} };
  }
  // TODO(acmevisor): what else does it need of a host? Its version, a device such as /dev/kvm, a right?
  return { usable: true, problems: [], facts: { program } };
}

/** Path of a program that is given by name or by path. Null when there is none. */
export async function locate(program: string): Promise<string | null> {
  if (isAbsolute(program)) return (await isExecutable(program)) ? program : null;
  return findProgram([program], process.env['PATH']);
}
