import { VmManager } from '@vmrs/core';

const vms = await VmManager.open();
for (const { name, state, ownerPid } of await vms.list())
  console.log(name, state.status, ownerPid ?? 'nobody holds it');

const vm = await vms.get('web'); // with its full function; its state is the true one
console.log(vm.state);
await vm.stop();
await vms.close();
