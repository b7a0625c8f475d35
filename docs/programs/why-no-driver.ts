import { isVmError, VmManager } from '@vmrs/core';

try {
  const vms = await VmManager.open();
  console.log(vms.driver.id, vms.probe);
  await vms.close();
} catch (error) {
  if (!isVmError(error, 'NO_DRIVER')) throw error;
  for (const { id, reason, fix } of error.details.candidates) console.error(`${id}: ${reason}`, fix ?? '');
}
