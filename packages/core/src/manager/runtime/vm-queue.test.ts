import { describe, expect, it } from 'vitest';
import { deferred } from '../../util/deferred.ts';
import { VmQueue } from './vm-queue.ts';

describe('VmQueue', () => {
  it('runs operations in the order in which they were asked for, one at a time', async () => {
    const queue = new VmQueue();
    const gate = deferred<void>();
    const log: string[] = [];
    const first = queue.run(async () => {
      log.push('first begins');
      await gate.promise;
      log.push('first ends');
    });
    const second = queue.run(async () => log.push('second'));
    await new Promise(setImmediate);
    expect(log).toEqual(['first begins']);
    gate.resolve();
    await Promise.all([first, second]);
    expect(log).toEqual(['first begins', 'first ends', 'second']);
  });

  it('tells a failure to its caller only', async () => {
    const queue = new VmQueue();
    const failing = queue.run(async () => {
      throw new Error('no');
    });
    const next = queue.run(async () => 'yes');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });
});
