import { VmManager } from '@vmrs/core';
import { guestAssets } from '@vmrs/guest';

const { kernel, initramfs } = await guestAssets();
const vms = await VmManager.open();
const vm = await vms.boot({ name: 'worker', kernel, initramfs, memoryMb: 256 });
await vm.ready();

const { how, rungs, problems } = await vm.stop({ graceMs: 10_000 });
console.log(how); // 'guest': it powered itself off when it was asked to
for (const { rung, outcome, elapsedMs } of rungs) console.log(`${rung}: ${outcome} after ${elapsedMs} ms`);
if (problems.length > 0) console.error('not cleaned up:', problems);

await vms.close();
