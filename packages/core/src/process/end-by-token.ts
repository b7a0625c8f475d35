import { VmError } from '../errors/index.ts';
import { endProcess } from './end-process.ts';
import { findByToken } from './find-by-token.ts';

/** A process may start another between our look and its end; each round finds what the one before has missed. */
const MOST_ROUNDS = 5;

/** Ends every process that carries the token, and confirms it. Throws `IO`. */
export async function endByToken(token: string): Promise<void> {
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const found = await findByToken(token);
    if (found.length === 0) return;
    await Promise.all(found.map((identity) => endProcess(identity)));
  }
  throw new VmError('IO', { detail: 'its processes start new ones faster than they can be ended', details: {} });
}
