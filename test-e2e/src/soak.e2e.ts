import { getEventListeners } from 'node:events';
import { isVmError } from '@vmrs/core';
import { expect, it } from 'vitest';
import { plainGuest } from './guests.ts';
import { Lab } from './lab.ts';

const BOOTS = 50;
const ABORTS = 20;

it(`${BOOTS} boots and stops in a row leave no process, socket, file or open file behind`, {
  timeout: 900_000,
}, async () => {
  await using lab = await Lab.create();
  const vms = await lab.open();
  const guest = await plainGuest();
  // The first boot loads what is loaded lazily, and its files stay open.
  await (await vms.boot({ name: 'first', ...guest })).kill();
  const before = await lab.look();
  for (let round = 0; round < BOOTS; round++) {
    const vm = await vms.boot({ name: `vm-${round % 5}`, ...guest });
    // Every life ends in another way and at another time.
    if (round % 5 === 0) await vm.ready();
    const { problems } = round % 2 === 0 ? await vm.stop({ graceMs: round % 5 === 0 ? 30_000 : 1 }) : await vm.kill();
    expect(problems).toEqual([]);
  }
  expect(await lab.look()).toEqual(before);
});

it(`${ABORTS} boots aborted at random moments leave nothing behind, on the signal neither`, {
  timeout: 300_000,
}, async () => {
  await using lab = await Lab.create();
  const vms = await lab.open();
  const guest = await plainGuest();
  await (await vms.boot({ name: 'first', ...guest })).kill();
  const before = await lab.look();
  let aborted = 0;
  for (let round = 0; round < ABORTS; round++) {
    const caller = new AbortController();
    const delay = Math.random() * 250;
    const timer = setTimeout(() => caller.abort(new Error(`after ${delay} ms`)), delay);
    try {
      const vm = await vms.boot({ name: 'vm', ...guest }, { signal: caller.signal });
      await vm.kill();
    } catch (error) {
      if (!isVmError(error, 'ABORTED')) throw new Error(`aborted after ${delay} ms`, { cause: error });
      expect(error.cause).toBe(caller.signal.reason);
      aborted += 1;
    }
    clearTimeout(timer);
    expect(getEventListeners(caller.signal, 'abort').length).toBe(0);
    expect(await lab.look(), `aborted after ${delay} ms`).toEqual(before);
  }
  expect(aborted).toBeGreaterThan(0);
});
