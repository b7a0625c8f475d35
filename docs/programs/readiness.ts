import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { http, isVmError, VmManager } from '@vmrs/core';
import { appendToInitramfs, guestAssets, workloadFiles } from '@vmrs/guest';

// A guest that serves a page: the workload starts after the marker.
const { kernel, initramfs } = await guestAssets();
const workload = workloadFiles({ argv: ['httpd', '-f', '-p', '80', '-h', '/srv'] });
const page = { path: '/srv/index.html', body: 'hello\n', mode: 0o644 };
const image = resolve('web.cpio');
await writeFile(image, appendToInitramfs(await readFile(initramfs), [...workload, page]));

const vms = await VmManager.open();
const vm = await vms.boot({
  name: 'page',
  kernel,
  initramfs: image,
  memoryMb: 256,
  networks: [{ type: 'nat', ports: [{ hostPort: 18_080, guestPort: 80 }] }],
});
try {
  // The marker, and an answer over the forwarded port, within one minute in all.
  const { ip } = await vm.ready({ timeoutMs: 60_000, probes: [http({ port: 18_080, host: '127.0.0.1' })] });
  console.log(`the guest at ${ip} says: ${await (await fetch('http://127.0.0.1:18080/')).text()}`);
} catch (error) {
  if (isVmError(error, 'NOT_READY')) console.error(error.details.stage, error.details.consoleTail.join('\n'));
  throw error;
} finally {
  await vm.stop();
  await vms.close();
}
