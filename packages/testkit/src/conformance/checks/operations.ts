import { deepEqual, equal } from 'node:assert/strict';
import { join } from 'node:path';
import type { Capability, ErrorCode, Vm, VmStatus } from '@vmrs/core';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { eventually, rejectsWith } from '../expectations.ts';
import { type Controller, sessionOf, type World } from '../world.ts';

/** A VM brought into a certain state. */
interface Reached {
  readonly vm: Vm;
  readonly controller: Controller;
  /** Lets the VM leave the state again, where something holds it there. */
  release?(): Promise<unknown>;
}

/** How to bring a VM into each state. */
const REACH: { readonly [S in VmStatus]: { needs: readonly Capability[]; how(world: World): Promise<Reached> } } = {
  starting: {
    needs: [],
    async how(world) {
      const controller = await world.open();
      const reached = Promise.withResolvers<void>();
      controller.driver.hooks.beforeStart = () => {
        reached.resolve();
        return new Promise<never>(() => undefined);
      };
      const config = await world.config('never-ready');
      const boot = controller.manager.boot(config);
      boot.catch(() => undefined); // Looked at by `release`.
      await reached.promise;
      return { controller, vm: await controller.manager.get(config.name), release: () => Promise.allSettled([boot]) };
    },
  },
  running: { needs: [], how: (world) => booted(world, 'never-ready') },
  ready: { needs: [], how: (world) => booted(world, 'ready') },
  paused: {
    needs: ['pause'],
    async how(world) {
      const reached = await booted(world, 'ready');
      await reached.vm.pause();
      return reached;
    },
  },
  stopping: {
    needs: ['powerButton'],
    async how(world) {
      const reached = await booted(world, 'ignores-power-button');
      const stop = reached.vm.stop({ graceMs: world.guestMs });
      stop.catch(() => undefined); // Looked at by `release`.
      await reached.vm.waitFor('stopping', { timeoutMs: 1_000 });
      return { ...reached, release: () => stop };
    },
  },
  stopped: {
    needs: [],
    async how(world) {
      const reached = await booted(world, 'never-ready', 'always');
      await reached.vm.kill();
      return reached;
    },
  },
  failed: {
    needs: [],
    async how(world) {
      const controller = await world.open({ keep: 'always' });
      const config = await world.config('fails-to-boot');
      await rejectsWith(controller.manager.boot(config), 'BOOT_FAILED', 'boot');
      return { controller, vm: await controller.manager.get(config.name) };
    },
  },
};

type Operation = 'pause' | 'resume' | 'snapshot' | 'vsock' | 'boot of the same name' | 'remove';

const PERFORM: { readonly [O in Operation]: (reached: Reached, world: World) => Promise<unknown> } = {
  pause: ({ vm }) => vm.pause(),
  resume: ({ vm }) => vm.resume(),
  snapshot: ({ vm }, world) => vm.snapshot(join(world.filesDir, 'refused')),
  vsock: ({ vm }) => vm.vsock(1024),
  'boot of the same name': async ({ vm, controller }, world) =>
    controller.manager.boot(await world.config('never-ready', { name: vm.name })),
  remove: ({ vm, controller }) => controller.manager.remove(vm.name),
};

/** Which driver methods carry out an operation: none of them may be called when it is refused. */
const NEEDS: { readonly [O in Operation]: Capability | null } = {
  pause: 'pause',
  resume: 'pause',
  snapshot: 'snapshot',
  vsock: 'vsock',
  'boot of the same name': null,
  remove: null,
};

/** What is refused in each state, and how. What is not listed is allowed there, and checked in the area of the operation. */
export const REFUSED: { readonly [S in VmStatus]: { readonly [O in Operation]?: ErrorCode } } = {
  starting: {
    pause: 'INVALID_STATE',
    resume: 'INVALID_STATE',
    snapshot: 'INVALID_STATE',
    vsock: 'INVALID_STATE',
    'boot of the same name': 'ALREADY_EXISTS',
    remove: 'INVALID_STATE',
  },
  running: {
    resume: 'INVALID_STATE',
    snapshot: 'INVALID_STATE',
    'boot of the same name': 'ALREADY_EXISTS',
    remove: 'INVALID_STATE',
  },
  ready: {
    resume: 'INVALID_STATE',
    snapshot: 'INVALID_STATE',
    'boot of the same name': 'ALREADY_EXISTS',
    remove: 'INVALID_STATE',
  },
  paused: { pause: 'INVALID_STATE', 'boot of the same name': 'ALREADY_EXISTS', remove: 'INVALID_STATE' },
  // Operations on a VM queue up behind a stop, so those are left out here.
  stopping: { 'boot of the same name': 'ALREADY_EXISTS', remove: 'INVALID_STATE' },
  stopped: { pause: 'INVALID_STATE', resume: 'INVALID_STATE', snapshot: 'INVALID_STATE', vsock: 'INVALID_STATE' },
  failed: { pause: 'INVALID_STATE', resume: 'INVALID_STATE', snapshot: 'INVALID_STATE', vsock: 'INVALID_STATE' },
};

const STATES = Object.keys(REACH) as readonly VmStatus[];

/** Every operation in every state. */
export const OPERATION_CHECKS: readonly ConformanceCheck[] = checksOf(
  'operations',
  STATES.map((status) => ({
    name: `while ${status}: what makes no sense is refused before the driver is asked; stop and kill succeed`,
    needs: REACH[status].needs,
    run: async (world: World) => {
      const reached = await REACH[status].how(world);
      const { vm, controller } = reached;
      equal(vm.state.status, status, 'the state was not reached');
      const called = status === 'starting' ? null : sessionOf(controller, vm).calls;
      const before = [...(called ?? [])];
      for (const [operation, code] of refusals(status)) {
        const needed = NEEDS[operation];
        const expected = needed === null || vm.can(needed) ? code : 'UNSUPPORTED';
        await refusedWith(PERFORM[operation](reached, world), [code, expected], `${operation} while ${status}`);
        equal(vm.state.status, status, `${operation} was refused and changed the state all the same`);
      }
      if (called !== null) deepEqual(called, before, 'the driver was asked although core had refused');
      const ends = status === 'ready' ? vm.stop({ graceMs: world.guestMs }) : vm.kill();
      await ends;
      await reached.release?.();
      await eventually(1_000, () => ['stopped', 'failed'].includes(vm.state.status), 'the end of the VM');
    },
  })),
);

function refusals(status: VmStatus): readonly (readonly [Operation, ErrorCode])[] {
  return Object.entries(REFUSED[status]) as [Operation, ErrorCode][];
}

async function refusedWith(
  work: Promise<unknown>,
  codes: readonly [ErrorCode, ErrorCode],
  what: string,
): Promise<void> {
  const [first, second] = codes;
  // A driver without the operation may be refused for the one reason or for the other.
  await rejectsWith(work, first, what).catch((error: unknown) => {
    if (first === second) throw error;
    return rejectsWith(work, second, what);
  });
}

async function booted(
  world: World,
  kind: 'never-ready' | 'ready' | 'ignores-power-button',
  keep?: 'always',
): Promise<Reached> {
  const controller = await world.open(keep === undefined ? {} : { keep });
  return { controller, vm: await world.boot(controller, kind) };
}
