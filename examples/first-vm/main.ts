import { VmManager } from '@vmrs/core';
import { guestAssets } from '@vmrs/guest';

const { kernel, initramfs } = await guestAssets();
const vms = await VmManager.open();
const vm = await vms.boot({ name: 'web', kernel, initramfs, memoryMb: 256 });
try {
  const { ip } = await vm.ready({ timeoutMs: 60_000 });
  console.log(`ready at ${ip}`);
  await vm.pause();
  await vm.resume();
} finally {
  const { how, rungs } = await vm.stop({ graceMs: 10_000 });
  console.log(`stopped by ${how}`, rungs);
  await vms.close();
}
