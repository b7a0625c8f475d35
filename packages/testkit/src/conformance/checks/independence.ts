import { equal, notEqual } from 'node:assert/strict';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { within } from '../expectations.ts';

/** Two VMs at once. */
export const INDEPENDENCE_CHECKS: readonly ConformanceCheck[] = checksOf('independence', [
  {
    name: 'two VMs boot at once and are two processes; the end of one is not the end of the other',
    async run(world) {
      const controller = await world.open();
      const [one, two] = await Promise.all([world.boot(controller, 'ready'), world.boot(controller, 'ready')]);
      if (one.process !== null) notEqual(one.process.pid, two.process?.pid);
      await one.kill();
      equal(two.state.status, 'ready');
      await two.kill();
    },
  },
  {
    name: 'a slow stop of one VM delays nothing of another',
    needs: ['powerButton'],
    async run(world) {
      const controller = await world.open();
      const [slow, quick] = await Promise.all([
        world.boot(controller, 'ignores-power-button'),
        world.boot(controller, 'ready'),
      ]);
      const stop = slow.stop({ graceMs: 4 * world.guestMs });
      await slow.waitFor('stopping', { timeoutMs: 1_000 });
      await within(
        2 * world.guestMs,
        (async () => {
          if (quick.can('pause')) {
            await quick.pause();
            await quick.resume();
          }
          await quick.stop({ graceMs: world.guestMs });
          const third = await world.boot(controller, 'ready');
          await third.kill();
        })(),
        'operations on another VM during a slow stop',
      );
      equal(slow.state.status, 'stopping');
      await slow.kill();
      await stop;
    },
  },
]);
