import { Duplex } from 'node:stream';
import { startShortLived } from '@vmrs/driver-kit';
import { QmpConnection } from '../control/qmp-connection.ts';
import { hypervisorError } from '../errors.ts';

/** Flags of every QEMU that is only asked something: it reads no configuration and has no machine of its own choosing. */
export const BARE_FLAGS: readonly string[] = ['-nodefaults', '-no-user-config', '-display', 'none'];

/** Runs QEMU without a machine and lets `ask` talk to its monitor. Throws `HYPERVISOR` with what QEMU said. */
export async function askQemu<T>(binary: string, ask: (monitor: QmpConnection) => Promise<T>): Promise<T> {
  await using qemu = startShortLived(binary, [...BARE_FLAGS, '-machine', 'none', '-qmp', 'stdio']);
  const { stdin, stdout } = qemu.child;
  if (stdin === null || stdout === null) throw new TypeError('its stdio is piped');
  try {
    return await ask(await QmpConnection.open(Duplex.from({ readable: stdout, writable: stdin })));
  } catch (error) {
    // Its last words are complete when its pipes are closed.
    await qemu.end();
    const native = qemu.said();
    throw hypervisorError('probe', `'${binary}' does not answer as a QEMU does${native === '' ? '' : `: ${native}`}`, {
      native,
      cause: error,
    });
  }
}
