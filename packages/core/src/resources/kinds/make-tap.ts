import type { ResourceScope } from '../../contract/index.ts';
import { formatProblems, VmError } from '../../errors/index.ts';
import { ip, networkDeviceKind, type TapName } from './tap.ts';

/** A tap to be made. */
export interface NewTap extends TapName {
  /** Bridge of the same namespace that it becomes a port of; null: none. */
  readonly bridge: string | null;
}

/**
 * Makes a tap for a VM, up and ready to be attached, with its undo in the ledger first. One that is there already is somebody's: it is refused with `PREFLIGHT_FAILED`, and
 * never gets into the ledger. Throws `IO`.
 */
export async function makeTap(tap: NewTap, resources: ResourceScope): Promise<void> {
  const { name, netns, bridge } = tap;
  const where = netns === null ? '' : ` in network namespace '${netns}'`;
  if ((await networkDeviceKind(tap)) !== null) {
    const problem = {
      path: 'networks',
      message: `network interface '${name}' exists already${where}, and is somebody's`,
      fix: 'choose another name, leave the name away, or use it as it is, without create',
    };
    throw new VmError('PREFLIGHT_FAILED', { detail: formatProblems([problem]), details: { problems: [problem] } });
  }
  await resources.acquire({ kind: 'tap', name, netns }, async () => {
    await must(tap, ['tuntap', 'add', 'dev', name, 'mode', 'tap'], `network namespace '${netns}'`);
    if (bridge !== null) await must(tap, ['link', 'set', 'dev', name, 'master', bridge], `bridge '${bridge}'`);
    await must(tap, ['link', 'set', 'dev', name, 'up'], `tap '${name}'`);
  });
}

/** Runs `ip`; that something is not there is a failure here. */
async function must(tap: NewTap, args: readonly string[], missing: string): Promise<void> {
  if ((await ip(tap, args)) !== null) return;
  throw new VmError('IO', { detail: `tap '${tap.name}' cannot be made: there is no ${missing}`, details: {} });
}
