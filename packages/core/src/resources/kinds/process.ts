import type { ProcessIdentity } from '../../contract/index.ts';
import { VmError } from '../../errors/index.ts';
import { endProcess } from '../../process/end-process.ts';
import { findByToken } from '../../process/find-by-token.ts';
import { groupExists } from '../../process/pid-exists.ts';

/** A process may start another between our look and its end; each round finds what the one before has missed. */
const MOST_ROUNDS = 5;

/**
 * Ends a process of the VM and its group and confirms it. Without an identity, that is when its controller died between starting
 * it and writing down who it is, and when helpers outlived it, every process that carries the token is ended. Throws `IO`.
 */
export async function releaseProcess(resource: {
  readonly token: string;
  readonly identity: ProcessIdentity | null;
}): Promise<void> {
  if (resource.identity !== null) {
    await endProcess(resource.identity);
    // A VMM that crashed leaves the helpers that it had forked.
    if (!groupExists(resource.identity.pid)) return;
  }
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const found = await findByToken(resource.token);
    if (found.length === 0) return;
    await Promise.all(found.map((identity) => endProcess(identity)));
  }
  throw new VmError('IO', { detail: 'its processes start new ones faster than they can be ended', details: {} });
}
