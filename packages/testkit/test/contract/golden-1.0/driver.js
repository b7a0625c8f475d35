import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VmError } from '@vmrs/core/driver';
import { connect, connectWhenListening } from './connection.js';
import { machineOf } from './machine.js';

const VMM = fileURLToPath(new URL('./vmm.js', import.meta.url));

/** Tells whether a module was loaded twice. */
export const TOKEN = Symbol('the module');

export function createDriver() {
  return {
    id: 'golden',
    contract: { major: 1, minor: 0 },
    capabilities: Object.freeze({
      powerButton: true,
      terminate: true,
      pause: true,
      snapshot: true,
      vsock: true,
      rootDisk: true,
      dataDisk: true,
      seedIso: true,
      tap: false,
      socketNetwork: false,
      nat: false,
      portForwards: false,
      sharedDirs: false,
      readOnlyShares: false,
      netns: false,
      machineId: false,
      efiVariableStore: false,
      rosetta: false,
      driverOptions: true,
      operations: true,
    }),
    operations: Object.freeze(['echo']),
    token: TOKEN,

    async probe({ signal } = {}) {
      signal?.throwIfAborted();
      return { usable: true, problems: [], facts: { vmm: VMM } };
    },

    async validate({ kernel, driverOptions }) {
      const { label, ...others } = driverOptions;
      const problems = Object.keys(others).map((name) => ({
        path: `driverOptions.${name}`,
        message: 'unknown option',
        fix: 'there is label',
      }));
      if (label !== undefined && typeof label !== 'string') {
        problems.push({ path: 'driverOptions.label', message: 'must be text' });
      }
      if (kernel === null) problems.push({ path: 'kernel', message: 'is required' });
      return problems;
    },

    boot: (spec, context) => start(spec, context, null),

    async restore(snapshot, spec, context) {
      return start(spec, context, join(snapshot.directory, snapshot.data.file));
    },

    async adopt({ process, control: { socket } }, context) {
      if (process === null || typeof socket !== 'string') {
        throw new VmError('HYPERVISOR', {
          vm: context.vm.name,
          driver: 'golden',
          detail: 'the record says nothing',
          details: { operation: 'adopt' },
        });
      }
      const hint = Promise.withResolvers();
      const vmm = await context.processes.attach('vmm', process, hint.promise);
      try {
        const connection = await connect(socket, context.signal);
        void connection.closed.then(() => hint.resolve());
        return machineOf(vmm, connection, socket, context);
      } catch (error) {
        vmm.release();
        throw error;
      }
    },
  };
}

async function start(spec, context, from) {
  const { paths, processes, resources, signal, clock, logger } = context;
  signal.throwIfAborted();
  const socket = join(paths.runtimeDir, 'vmm.sock');
  await context.remember({ socket });
  const { label = '' } = spec.driverOptions;
  const vmm = await resources.acquire({ kind: 'file', path: socket }, () =>
    processes.spawn({
      role: 'vmm',
      file: process.execPath,
      args: [VMM, socket, spec.serialLog, spec.kernel, ...(from === null ? [] : [from])],
      env: { NODE_OPTIONS: '', GOLDEN_LABEL: label },
      cwd: paths.stateDir,
      log: paths.vmmLog,
    }),
  );
  let connection = null;
  try {
    connection = await connectWhenListening(socket, vmm, clock, signal);
    signal.throwIfAborted();
    logger.child({ vm: context.vm.instanceId }).debug({ event: 'golden.started' }, 'the VMM answers');
    return machineOf(vmm, connection, socket, context);
  } catch (error) {
    connection?.close();
    await vmm.kill();
    if (signal.aborted || error instanceof VmError) throw error;
    const detail = `the VMM could not be talked to; it said: ${(await readFile(paths.vmmLog, 'utf8')).slice(-200)}`;
    const details = { operation: 'start', native: String(error) };
    throw new VmError('HYPERVISOR', { vm: context.vm.name, driver: 'golden', detail, details, cause: error });
  }
}
