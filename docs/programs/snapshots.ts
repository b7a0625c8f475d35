import { resolve } from 'node:path';
import { VmManager } from '@vmrs/core';
import { guestAssets } from '@vmrs/guest';

const { kernel, initramfs } = await guestAssets();
const vms = await VmManager.open();
const vm = await vms.boot({ name: 'original', kernel, initramfs, memoryMb: 256 });
await vm.ready();

const folder = resolve('warm'); // absolute, and not there yet
await vm.pause();
await vm.snapshot(folder);
await vm.kill();

for (const name of ['copy-1', 'copy-2']) {
  const copy = await vms.restore(folder, { name }); // comes up paused
  await copy.resume();
  console.log(name, copy.state.status, await copy.ready());
  await copy.stop();
}
await vms.close();
