import { VmManager } from '@vmrs/core';
import { guestAssets } from '@vmrs/guest';

const { kernel, initramfs } = await guestAssets();
const vms = await VmManager.open();
const vm = await vms.boot({ name: 'web', kernel, initramfs, memoryMb: 256 });
console.log(await vm.ready());
await vms.close(); // lets go of it: the VM runs on, and this program ends
