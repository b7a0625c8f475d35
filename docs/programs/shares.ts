import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { VmManager } from '@vmrs/core';
import { appendToInitramfs, guestAssets, workloadFiles } from '@vmrs/guest';

const { kernel, initramfs } = await guestAssets();
const script = 'cp /mnt/input/name /mnt/output/copy; poweroff';
const image = resolve('copier.cpio');
await writeFile(image, appendToInitramfs(await readFile(initramfs), workloadFiles({ argv: ['sh', '-c', script] })));

const [input, output] = [resolve('input'), resolve('output')];
for (const folder of [input, output]) await mkdir(folder, { recursive: true });
await writeFile(resolve(input, 'name'), 'from the host\n');

const vms = await VmManager.open();
const vm = await vms.boot({
  name: 'copier',
  kernel,
  initramfs: image,
  memoryMb: 256,
  sharedDirs: [
    { hostPath: input, tag: 'input', readOnly: true }, // the host enforces it
    { hostPath: output, tag: 'output' },
  ],
});
await vm.exit;
console.log(await readFile(resolve(output, 'copy'), 'utf8'));
await vms.close();
