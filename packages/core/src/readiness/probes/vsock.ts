import { VmError } from '../../errors/index.ts';
import type { ReadinessProbe } from './probe.ts';

/** The port number that means "any"; nobody can listen on it (`VMADDR_PORT_ANY`). */
const PORT_ANY = 0xffff_ffff;

/** Ready when a connection to the guest's vsock port is accepted. Throws `TypeError` for what is no port; rejects with `UNSUPPORTED`. */
export function vsockPort(port: number): ReadinessProbe {
  if (!Number.isInteger(port) || port < 0 || port >= PORT_ANY) throw new TypeError(`not a vsock port: ${port}`);
  return {
    name: `vsock:${port}`,
    async check(target, signal) {
      if (target.vsock === undefined) throw unsupported(target.name);
      const connection = await target.vsock(port, signal);
      connection.on('error', () => {
        // It was accepted; what becomes of it does not matter.
      });
      connection.destroy();
    },
  };
}

function unsupported(vm: string): VmError<'UNSUPPORTED'> {
  const problem = { path: 'vsock', message: 'a probe of a vsock port needs a driver with vsock' };
  return new VmError('UNSUPPORTED', {
    vm,
    detail: problem.message,
    details: { capabilities: ['vsock'], problems: [problem] },
  });
}
