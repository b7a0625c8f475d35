import { VmManager } from '@vmrs/core';
import { guestAssets } from '@vmrs/guest';

const { kernel, initramfs } = await guestAssets();

await using vms = await VmManager.open();
await using vm = await vms.boot({ name: 'web', kernel, initramfs, memoryMb: 256, networks: [{ type: 'nat' }] });

const { ip } = await vm.ready({ timeoutMs: 60_000 });
console.log(`ready at ${ip}`);

await vm.pause();
await vm.resume();

const { how, rungs } = await vm.stop({ graceMs: 10_000 });
console.log(`stopped by ${how}`, rungs);
