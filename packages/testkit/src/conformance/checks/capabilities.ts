import { deepEqual, equal, ok } from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Capability, DriverCapabilities, VmConfig } from '@vmrs/core';
import type { Machine } from '@vmrs/core/driver';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { nothingIn, rejectsWith, within } from '../expectations.ts';
import { filesUnder } from '../outside/files.ts';
import { SkippedError } from '../skipped-error.ts';
import { machineOf, sessionOf, type World } from '../world.ts';

/** The machine's optional members, by the capability that they belong to. */
const MEMBERS = {
  powerButton: ['requestStop'],
  terminate: ['terminate'],
  pause: ['pause', 'resume'],
  snapshot: ['snapshot'],
  vsock: ['vsock'],
  operations: ['operate'],
} as const satisfies Partial<Record<Capability, readonly (keyof Machine)[]>>;

/** An option that no driver has. */
const NO_SUCH_OPTION = 'vmrs-no-such-option';
/** An operation that no driver has. */
const NO_SUCH_OPERATION = 'vmrs-no-such-operation';

/** For each capability that a configuration can ask for, a configuration that does. */
const FIELDS: { readonly [C in FieldCapability]: (files: Files) => Partial<VmConfig> } = {
  rootDisk: ({ file }) => ({ rootDisk: file }),
  dataDisk: ({ file }) => ({ dataDisk: file }),
  // A seed makes sense with a root disk only, so that one is asked for too.
  seedIso: ({ file, other }) => ({ rootDisk: other, seedIso: file }),
  tap: () => ({ networks: [{ type: 'tap', name: 'vmrs-check0' }] }),
  socketNetwork: ({ socket }) => ({ networks: [{ type: 'socket', path: socket }] }),
  nat: () => ({ networks: [{ type: 'nat' }] }),
  portForwards: () => ({ networks: [{ type: 'nat', ports: [{ hostPort: 0, guestPort: 80 }] }] }),
  sharedDirs: ({ directory }) => ({ sharedDirs: [{ hostPath: directory, tag: 'check' }] }),
  readOnlyShares: ({ directory }) => ({ sharedDirs: [{ hostPath: directory, tag: 'check', readOnly: true }] }),
  netns: () => ({ netns: 'vmrs-check' }),
  machineId: () => ({ machineId: '6c0d8d3e-7a51-4a0e-9d0b-3f6f7d3c2b1a' }),
  efiVariableStore: ({ file }) => ({ efiVariableStore: file }),
  rosetta: () => ({ rosetta: true }),
  vsock: () => ({ vsock: true }),
  driverOptions: () => ({ driverOptions: { [NO_SUCH_OPTION]: true } }),
};

type FieldCapability = Exclude<Capability, 'powerButton' | 'terminate' | 'pause' | 'snapshot' | 'operations'>;

interface Files {
  readonly file: string;
  readonly other: string;
  readonly directory: string;
  readonly socket: string;
}

/** Declared means present; undeclared means absent, and refused before anything happens. */
export const CAPABILITY_CHECKS: readonly ConformanceCheck[] = checksOf('capabilities', [
  {
    name: 'every operation that is declared is there',
    async run(world) {
      const { machine, capabilities, hasRestore } = await machineAndDriver(world);
      nothingIn(
        members()
          .filter(([capability, member]) => capabilities[capability] && typeof machine[member] !== 'function')
          .map(describe),
        'declared, but the machine has no such method',
      );
      ok(!capabilities.snapshot || hasRestore, 'snapshot is declared, but the driver has no restore');
    },
  },
  {
    name: 'no operation is there that is not declared',
    async run(world) {
      const { machine, capabilities, hasRestore } = await machineAndDriver(world);
      nothingIn(
        members()
          .filter(([capability, member]) => !capabilities[capability] && machine[member] !== undefined)
          .map(describe),
        'the machine has a method whose capability is not declared',
      );
      ok(capabilities.snapshot || !hasRestore, 'the driver has restore, but snapshot is not declared');
    },
  },
  {
    name: 'operations that are not declared are refused with UNSUPPORTED',
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'ready');
      const { capabilities } = controller.driver;
      if (!capabilities.pause) await rejectsWith(vm.pause(), 'UNSUPPORTED', 'pause');
      if (!capabilities.vsock) await rejectsWith(vm.vsock(1024), 'UNSUPPORTED', 'vsock');
      if (!capabilities.operations) await rejectsWith(vm.operate('reboot'), 'UNSUPPORTED', 'operate');
      for (const capability of Object.keys(MEMBERS) as (keyof typeof MEMBERS)[]) {
        equal(vm.can(capability), capabilities[capability]);
      }
      equal(vm.state.status, 'ready');
      await vm.kill();
    },
  },
  {
    name: 'configuration fields that are not declared are refused with UNSUPPORTED before anything happens',
    async run(world) {
      const controller = await world.open();
      await using files = await makeFiles(world);
      const fields = Object.keys(FIELDS) as FieldCapability[];
      for (const capability of fields.filter((field) => !controller.driver.capabilities[field])) {
        const config = await world.config('ready', FIELDS[capability](files));
        const what = `a boot that asks for ${capability}`;
        const { details } = await rejectsWith(controller.manager.boot(config), 'UNSUPPORTED', what);
        ok(
          details.capabilities.includes(capability),
          `the error names ${details.capabilities.join(', ')} instead of ${capability}`,
        );
      }
      deepEqual(controller.driver.sessions, [], 'the driver was asked all the same');
      nothingIn(await filesUnder(world.stateDir), 'a refused boot left files');
      nothingIn(await world.processes(), 'a refused boot left processes');
    },
  },
  {
    name: 'an option that the driver does not know is refused with its path before anything happens',
    needs: ['driverOptions'],
    async run(world) {
      const controller = await world.open();
      const config = await world.config('ready', { driverOptions: { [NO_SUCH_OPTION]: true } });
      const what = 'a boot with an option that no driver has';
      const { details } = await rejectsWith(controller.manager.boot(config), 'INVALID_CONFIG', what);
      const paths = details.problems.map(({ path }) => path);
      deepEqual(paths, [`driverOptions.${NO_SUCH_OPTION}`], 'the problems are not at the path of the option');
      deepEqual(controller.driver.sessions, [], 'the driver was asked all the same');
      nothingIn(await filesUnder(world.stateDir), 'a refused boot left files');
    },
  },
  {
    name: 'operations of its own are listed exactly where they are declared, and no others are taken',
    async run(world) {
      const controller = await world.open();
      const { capabilities, operations } = controller.driver;
      equal(
        operations !== undefined,
        capabilities.operations,
        'operations is there without its capability, or not there with it',
      );
      if (operations === undefined) return;
      ok(operations.length > 0 && Object.isFrozen(operations), 'operations must be a frozen list of at least one name');
      nothingIn(
        operations.filter((name) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)),
        'not lower-case words joined by hyphens',
      );
      const vm = await world.boot(controller, 'ready');
      const { details } = await rejectsWith(vm.operate(NO_SUCH_OPERATION), 'UNSUPPORTED', 'an unknown operation');
      const told = details.problems.map(({ message }) => message).join(' ');
      nothingIn(
        operations.filter((name) => !told.includes(name)),
        'not among the operations that the refusal names',
      );
      ok(!sessionOf(controller, vm).calls.includes('operate'), 'the driver was asked all the same');
      await vm.kill();
    },
  },
  {
    name: 'vsock connects to a port of the guest',
    needs: ['vsock'],
    async run(world) {
      const controller = await world.open();
      const port = world.subject.vsockEchoPort;
      if (port === undefined)
        throw new SkippedError({ missing: 'the subject names no vsock port on which its guest echoes' });
      const vm = await world.boot(controller, 'ready', { vsock: true });
      const connection = await vm.vsock(port);
      connection.write('are you there?');
      const [echo] = await within(world.guestMs, once(connection, 'data'), 'the echo');
      equal(String(echo), 'are you there?');
      connection.destroy();
      await vm.kill();
    },
  },
]);

async function makeFiles(world: World): Promise<Files & AsyncDisposable> {
  const path = (name: string): string => join(world.filesDir, name);
  await mkdir(path('share'));
  for (const name of ['a.img', 'b.img']) await writeFile(path(name), Buffer.alloc(64 * 1024));
  const server = createServer().listen(path('network.sock'));
  await once(server, 'listening');
  return {
    file: path('a.img'),
    other: path('b.img'),
    directory: path('share'),
    socket: path('network.sock'),
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

async function machineAndDriver(
  world: World,
): Promise<{ machine: Machine; capabilities: DriverCapabilities; hasRestore: boolean }> {
  const controller = await world.open();
  const vm = await world.boot(controller, 'never-ready');
  const machine = machineOf(controller, vm);
  const { inner } = controller.driver;
  return { machine, capabilities: inner.capabilities, hasRestore: inner.restore !== undefined };
}

function members(): (readonly [keyof typeof MEMBERS, keyof Machine])[] {
  const capabilities = Object.keys(MEMBERS) as (keyof typeof MEMBERS)[];
  return capabilities.flatMap((capability) => MEMBERS[capability].map((member) => [capability, member] as const));
}

function describe([capability, member]: readonly [string, string]): string {
  return `${member} (capability ${capability})`;
}
