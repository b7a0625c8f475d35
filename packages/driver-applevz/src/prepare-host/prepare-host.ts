import { rm } from 'node:fs/promises';
import { errnoOf, isVmError } from '@vmrs/core/driver';
import { buildHost } from './build-host.ts';
import { executableOf, touch, whatIsWrong } from './host-folder.ts';
import { preparationError } from './preparation-error.ts';
import {
  type PrepareHostOptions,
  type PrepareSeams,
  type ResolvedPrepareOptions,
  resolvePrepareOptions,
} from './prepare-options.ts';
import type { PreparedHost } from './prepared-host.ts';
import { makePrivateFolder } from './private-folder.ts';
import { makeTemporary, publishHost } from './publish-host.ts';
import { removeOldHosts } from './remove-old-hosts.ts';
import { StepLog } from './step-log.ts';
import { findWantedHost, type WantedHost } from './wanted-host.ts';

/**
 * Makes the executable in which VMs can run: Apple's framework serves only processes whose main executable has the entitlement `com.apple.security.virtualization`, which no
 * Node.js has. So a copy of one is signed ad hoc with it, once, and kept in the user's cache; the original is not touched. Where one is there already it is used, which
 * takes milliseconds. Safe against other processes that do the same, and against being killed at any instant. Removes copies that were not used for 30 days.
 *
 * Throws `PREFLIGHT_FAILED`, saying what to do; the reason of `signal` when it is aborted; `TypeError` for options that make no sense. `seams` are for tests.
 */
export async function prepareHost(options: PrepareHostOptions = {}, seams: PrepareSeams = {}): Promise<PreparedHost> {
  const resolved = resolvePrepareOptions(options, seams);
  return explained(resolved, async () => {
    const log = new StepLog(resolved.onStep, resolved.signal);
    const wanted = await inspect(resolved, log);
    if (await isThere(wanted)) {
      await log.step('reuse', async () => executableOf(wanted.folder));
      // Old hosts are looked for only when there is a new one: whether they run takes a while to find out.
      await cleanUp(null, resolved, log);
      return preparedHost(wanted, true, log);
    }
    await makeParent(resolved);
    const published = await build(wanted, resolved, log);
    await cleanUp(wanted.key, resolved, log);
    return preparedHost(wanted, !published, log);
  });
}

/** The prepared host for these options, when there is one; null when it has yet to be made. Changes nothing. Throws what {@link prepareHost} throws for a Node.js that cannot be copied. */
export async function findPreparedHost(
  options: PrepareHostOptions = {},
  seams: PrepareSeams = {},
): Promise<PreparedHost | null> {
  const resolved = resolvePrepareOptions(options, seams);
  return explained(resolved, async () => {
    const log = new StepLog(resolved.onStep, resolved.signal);
    const wanted = await inspect(resolved, log);
    return (await whatIsWrong(wanted.folder, wanted.key)) === null ? preparedHost(wanted, true, log) : null;
  });
}

async function inspect(options: ResolvedPrepareOptions, log: StepLog): Promise<WantedHost> {
  let wanted: WantedHost | undefined;
  await log.step('inspect', async () => {
    wanted = await findWantedHost(options);
    return `Node.js ${wanted.node.version} (${wanted.node.arch}) at '${wanted.node.executable}'`;
  });
  if (wanted === undefined) throw new Error('the step was not run');
  return wanted;
}

async function isThere({ folder, key }: WantedHost): Promise<boolean> {
  return (await whatIsWrong(folder, key)) === null && (await touch(folder));
}

async function makeParent({ parent, vm }: ResolvedPrepareOptions): Promise<void> {
  const wrong = await makePrivateFolder(parent);
  if (wrong === null) return;
  const message = `programs cannot be kept in '${parent}': ${wrong}`;
  throw preparationError({ path: 'cacheDir', message, fix: 'remove it, or choose another with VMRS_CACHE' }, { vm });
}

/** False when another process was faster, whose host is used. */
async function build(wanted: WantedHost, options: ResolvedPrepareOptions, log: StepLog): Promise<boolean> {
  const temporary = await makeTemporary(options.parent, wanted.key);
  try {
    await buildHost(temporary, wanted, options, log);
    let published = false;
    await log.step('publish', async () => {
      published = await publishHost(temporary, wanted.folder, wanted.key);
      return published ? wanted.folder : 'another process was faster; its host is used';
    });
    return published;
  } catch (error) {
    // Why it failed is what matters; what cannot be removed now the next one removes.
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

async function cleanUp(keep: string | null, options: ResolvedPrepareOptions, log: StepLog): Promise<void> {
  const { parent, tools, timeoutMs, signal } = options;
  const done = await removeOldHosts(parent, { keep, lsof: tools.lsof, timeoutMs, signal });
  if (done.length > 0) await log.step('clean-up', async () => done.join('; '));
}

function preparedHost({ node, key, folder }: WantedHost, reused: boolean, log: StepLog): PreparedHost {
  return { executable: executableOf(folder), key, reused, node, steps: log.steps };
}

/** Runs `work`; errors of the system become ours, with what to do. */
async function explained<T>(options: ResolvedPrepareOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    options.signal?.throwIfAborted();
    const code = errnoOf(error);
    if (isVmError(error) || code === undefined) throw error;
    throw systemError(code, error, options);
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC:
    'the disk is full; free some space (a copy of node takes 100 MB and more), or choose another cache folder with VMRS_CACHE',
  EDQUOT: "this user's quota is used up; free some space, or choose another cache folder with VMRS_CACHE",
  EROFS: 'the file system is read-only; choose another cache folder with VMRS_CACHE',
  EACCES: 'this user may not; look at owner and mode of the cache folder, or choose another with VMRS_CACHE',
  EPERM: 'this user may not; look at owner, mode and flags of the cache folder, or choose another with VMRS_CACHE',
  ENOTDIR: 'a folder on the way is a file; remove it, or choose another cache folder with VMRS_CACHE',
};

function systemError(code: string, cause: unknown, { parent, vm }: ResolvedPrepareOptions): Error {
  const words = cause instanceof Error ? cause.message : String(cause);
  const message = `a host program cannot be prepared in '${parent}': ${words}`;
  const fix = ADVICE[code];
  return preparationError({ path: 'host', message, ...(fix === undefined ? {} : { fix }) }, { vm, cause });
}
