import { isAbsolute, join } from 'node:path';
import type {
  Lifetime,
  Logger,
  ProcessCommand,
  ProcessHost,
  ProcessIdentity,
  VmPaths,
  VmProcess,
} from '../contract/index.ts';
import { VmError } from '../errors/index.ts';
import type { Ledger, LedgerEntry } from '../resources/ledger.ts';
import { endByToken } from './end-by-token.ts';
import { goneBy } from './end-process.ts';
import { exitRecordFile } from './exit-record.ts';
import { findByToken, newToken } from './find-by-token.ts';
import { fateOf, sameProcess } from './identity.ts';
import { KeptProcess } from './kept-process.ts';
import { groupsExist } from './pid-exists.ts';
import { type SpawnedProcess, spawnKept } from './spawn-vmm.ts';

/** How long a keeper gets to end after the process that it kept. */
const KEEPER_MS = 1_000;

/** What a {@link ProcessHost} works with. */
export interface ProcessHostOptions {
  readonly ledger: Ledger;
  readonly paths: VmPaths;
  readonly logger: Logger;
  readonly lifetime: Lifetime;
  /** See `markOf`. */
  readonly mark: string;
}

/**
 * The {@link ProcessHost} of one VM. A process is in the ledger from before its start, by a token in its environment, then by its
 * identity, until it is gone; at whatever instant this controller dies, the next one finds it.
 */
export function createProcessHost(options: ProcessHostOptions): ProcessHost {
  const { ledger, paths, logger, lifetime, mark } = options;

  async function spawn(command: ProcessCommand): Promise<VmProcess> {
    const { role } = command;
    assertRole(role);
    if (command.stdout !== undefined && !isAbsolute(command.stdout)) {
      throw new TypeError(`stdout must be an absolute path, got '${command.stdout}'`);
    }
    const log = command.log ?? (role === 'vmm' ? paths.vmmLog : join(paths.stateDir, `${role}.log`));
    const exitFile = exitRecordFile(paths.runtimeDir, role);
    const token = newToken(mark);
    const entry = await ledger.acquire({ kind: 'process', role, token, identity: null, keeper: null });
    let spawned: SpawnedProcess;
    try {
      // Not the controller's own: that may be on a disk that somebody wants to unmount, or be gone.
      spawned = await spawnKept({ cwd: paths.stateDir, ...command }, { token, log, exitFile, lifetime, logger });
      const { identity, keeper } = spawned;
      await ledger.update(entry, { kind: 'process', role, token, identity, keeper });
    } catch (error) {
      await endByToken(token);
      await ledger.released(entry);
      throw error;
    }
    const { identity, keeper, keeperEnded } = spawned;
    const hints = [keeperEnded];
    return untilGone(new KeptProcess({ role, identity, keeper, exitFile, token, hints, logger }), keeper, entry);
  }

  async function attach(role: string, identity: ProcessIdentity, hint: Promise<unknown>): Promise<VmProcess> {
    await assertAlive(role, identity);
    const entry = entryOf(identity);
    const { token = '', keeper = null } = entry?.resource.kind === 'process' ? entry.resource : {};
    const exitFile = exitRecordFile(paths.runtimeDir, role);
    const kept = new KeptProcess({ role, identity, keeper, exitFile, token, hints: [hint], logger }).watchForRecord();
    return entry === undefined ? kept : untilGone(kept, keeper, entry);
  }

  function entryOf(identity: ProcessIdentity): LedgerEntry | undefined {
    return ledger.entries().find(({ resource }) => {
      return resource.kind === 'process' && resource.identity !== null && sameProcess(resource.identity, identity);
    });
  }

  /** The entry ends with the process, unless something of it is left: that is for the release at the end of the VM. */
  function untilGone(started: VmProcess, keeper: ProcessIdentity | null, entry: LedgerEntry): VmProcess {
    started.exited
      .then(async () => {
        if (await nothingLeft(keeper, entry)) await ledger.released(entry);
      })
      .catch((error: unknown) => {
        const fields = { event: 'ledger.release-failed', role: started.role, pid: started.identity.pid, err: error };
        logger.error(fields, 'the end of a process cannot be written to the ledger; the next release does it again');
      });
    return started;
  }

  return { spawn, attach };
}

async function nothingLeft(keeper: ProcessIdentity | null, { resource }: LedgerEntry): Promise<boolean> {
  const identity = resource.kind === 'process' ? resource.identity : null;
  if (keeper !== null && (await goneBy(keeper, KEEPER_MS)) && !groupsExist(keeper, identity)) return true;
  return resource.kind === 'process' && (await findByToken(resource.token)).length === 0;
}

function assertRole(role: string): void {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(role)) {
    throw new TypeError(`role must be 1 to 64 letters, digits, '-' and '_', got '${role}'`);
  }
}

async function assertAlive(role: string, identity: ProcessIdentity): Promise<void> {
  const fate = await fateOf(identity);
  const { pid } = identity;
  switch (fate.status) {
    case 'alive':
      return;
    case 'gone':
    case 'replaced': {
      const found = fate.status === 'replaced' ? fate.found : null;
      const detail = `process ${pid} (${role}) is gone${found === null ? '' : ' and another one has its pid'}`;
      throw new VmError('STALE_PROCESS', { detail, details: { expected: identity, found } });
    }
    case 'unknown': {
      const detail = `whether process ${pid} (${role}) still lives cannot be told: ${fate.reason}`;
      throw new VmError('IO', { detail, details: {}, cause: fate.cause });
    }
  }
}
