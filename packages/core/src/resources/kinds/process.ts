import type { ProcessIdentity } from '../../contract/index.ts';
import { endByToken } from '../../process/end-by-token.ts';
import { endProcess, goneBy } from '../../process/end-process.ts';
import { groupsExist } from '../../process/pid-exists.ts';

/** How long a keeper gets to end after the process that it kept. */
const KEEPER_MS = 1_000;

/**
 * Ends a process of the VM, its keeper and their group, and confirms it. Without an identity, that is when its controller died between
 * starting it and writing down who it is, and when something outlived them, every process that carries the token is ended. Throws `IO`.
 */
export async function releaseProcess(resource: {
  readonly token: string;
  readonly identity: ProcessIdentity | null;
  readonly keeper: ProcessIdentity | null;
}): Promise<void> {
  const { token, identity, keeper } = resource;
  if (identity !== null) await endProcess(identity);
  // The keeper has yet to write down how the process ended, which takes it a moment.
  if (keeper !== null && (await goneBy(keeper, KEEPER_MS)) && !groupsExist(keeper, identity)) return;
  await endByToken(token);
}
