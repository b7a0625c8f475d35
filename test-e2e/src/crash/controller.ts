import { writeSync } from 'node:fs';
import { systemFileSystem, VmManager } from '@vmrs/core';
import { observed, type Step } from '@vmrs/testkit';
import type { CrashOrder, Said } from './crash-order.ts';
import { live } from './life.ts';
import { sceneOf } from './scenes.ts';

// One life of one VM. It kills itself at the step that it is told, or waits to be killed at any time.
const order: CrashOrder = JSON.parse(process.argv[2] ?? '');
const { stateDir, runtimeDir, filesDir, lifetime, dieAt } = order;
const scene = sceneOf(order.scene);

const dieOn =
  (side: 'before' | 'after') =>
  ({ operation, path, number }: Step): void => {
    if (side === 'before') say({ step: `${operation} ${path}`, number });
    // There is no instruction of ours after this one.
    if (dieAt?.number === number && dieAt.side === side) process.kill(process.pid, 'SIGKILL');
  };
const fileSystem = observed(systemFileSystem, { before: dieOn('before'), after: dieOn('after') });
const vms = await VmManager.open({ drivers: [scene.driver], stateDir, runtimeDir, fileSystem });
say({ at: 'start' });
await live(vms, { scene, filesDir, lifetime, say: (at) => say({ at }) });
await vms.close();
say({ at: 'end' });

/** Written before the next instruction, so that nothing said is lost when this process is killed. */
function say(said: Said): void {
  writeSync(1, `${JSON.stringify(said)}\n`);
}
