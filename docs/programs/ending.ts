import { VmManager } from '@vmrs/core';
import { guestAssets } from '@vmrs/guest';

const { kernel, initramfs } = await guestAssets();
const vms = await VmManager.open();
const vm = await vms.boot({ name: 'job', kernel, initramfs, memoryMb: 256 });

// Whoever waits for the end is told, however it comes.
const ended = vm.exit.then((exit) => console.log(`ended: ${exit?.how}, signal ${exit?.signal}`));
await vm.ready();
await vm.kill();
await ended;
await vms.close();
