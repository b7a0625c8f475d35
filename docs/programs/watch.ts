import { VmManager } from '@vmrs/core';
import { guestAssets } from '@vmrs/guest';

const { kernel, initramfs } = await guestAssets();
const vms = await VmManager.open();
const vm = await vms.boot({ name: 'watched', kernel, initramfs, memoryMb: 256 });

const events = (async () => {
  for await (const event of vm.events()) console.log(event); // the present state first
})();
const output = (async () => {
  for await (const bytes of vm.console()) process.stdout.write(bytes); // from the beginning of this boot
})();

await vm.ready();
await vm.stop();
await Promise.all([events, output]); // both end with the VM
await vms.close();
