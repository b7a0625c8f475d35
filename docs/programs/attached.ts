import { VmManager } from '@vmrs/core';
import { guestAssets } from '@vmrs/guest';

const { kernel, initramfs } = await guestAssets();
const vms = await VmManager.open({ lifetime: 'attached' }); // VMs end with this program, even when it is killed
const vm = await vms.boot({ name: 'test-run', kernel, initramfs, memoryMb: 256 });
await vm.ready();
await vms.close(); // ends it, since it is attached
