import { isIPv4 } from 'node:net';
import type { VmEvent } from '@vmrs/core';
import { expect, it } from 'vitest';
import { plainGuest } from './guests.ts';
import { Lab } from './lab.ts';

it('boots a real guest, sees it become ready, pauses and resumes it, powers it off, and leaves nothing', async () => {
  await using lab = await Lab.create();
  const vms = await lab.open();
  const before = await lab.look();
  const vm = await vms.boot({ name: 'web', ...(await plainGuest()) });
  const states: string[] = [];
  const watching = (async () => {
    for await (const event of vm.events()) if (event.type === 'state') states.push(event.state.status);
  })();

  const { ip } = await vm.ready({ timeoutMs: 60_000 });
  expect(isIPv4(ip)).toBe(true);
  await vm.pause();
  expect(vm.state).toEqual({ status: 'paused' });
  await vm.resume();
  expect(vm.state).toEqual({ status: 'ready', ip });

  const result = await vm.stop({ graceMs: 30_000 });
  expect(result).toMatchObject({
    how: 'guest',
    code: 0,
    signal: null,
    problems: [],
    rungs: [{ rung: 'power-button', outcome: 'worked' }],
  });
  await watching;
  expect(states).toEqual(['running', 'ready', 'paused', 'ready', 'stopping', 'stopped']);
  expect(await lab.look()).toEqual(before);
  expect(await vms.list()).toEqual([]);
});

it('shows the console of the guest, and ends the stream with the VM', async () => {
  await using lab = await Lab.create();
  const vms = await lab.open();
  const vm = await vms.boot({ name: 'web', ...(await plainGuest()) });
  const chunks: Uint8Array[] = [];
  const reading = (async () => {
    for await (const chunk of vm.console()) chunks.push(chunk);
  })();
  const { ip } = await vm.ready();
  await vm.stop();
  await reading;
  expect(Buffer.concat(chunks).toString()).toContain(`VMRS_READY ${ip}`);
});

it('gives several subscribers the present state first and then the same story', async () => {
  await using lab = await Lab.create();
  const vms = await lab.open();
  const vm = await vms.boot({ name: 'web', ...(await plainGuest()) });
  const listen = async (): Promise<string[]> => {
    const seen: string[] = [];
    for await (const event of vm.events() as AsyncIterable<VmEvent>)
      if (event.type === 'state') seen.push(event.state.status);
    return seen;
  };
  const first = listen();
  await vm.ready();
  const second = listen();
  await vm.kill();
  expect(await first).toEqual(['running', 'ready', 'stopping', 'stopped']);
  expect(await second).toEqual(['ready', 'stopping', 'stopped']);
});
