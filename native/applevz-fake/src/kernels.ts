import { readFile, writeFile } from 'node:fs/promises';

/** Bytes that are looked at: the magic numbers of both architectures are within. */
const HEAD_BYTES = 0x400;
const ARM64_AT = 0x38;
const BZIMAGE_AT = 0x202;
const BOOT_FLAG_AT = 0x1fe;

/** Writes a file that passes for the kernel of an architecture and holds none, for guests that are scripted. Returns the path. */
export async function scriptedKernel(path: string, arch: 'arm64' | 'x64'): Promise<string> {
  const head = Buffer.alloc(HEAD_BYTES);
  if (arch === 'arm64') head.write('ARM\x64', ARM64_AT, 'latin1');
  else {
    head.writeUInt16LE(0xaa55, BOOT_FLAG_AT);
    head.write('HdrS', BZIMAGE_AT, 'latin1');
  }
  await writeFile(path, head);
  return path;
}

/**
 * Writes a copy of a kernel for x64 that also has the magic number of one for arm64, in bytes that nothing on x64 reads. QEMU boots it as before; a pretended Mac with Apple
 * silicon, on which alone machines can be saved, takes it for one of its own. Returns the path.
 */
export async function disguisedKernel(kernel: string, path: string): Promise<string> {
  const bytes = await readFile(kernel);
  bytes.write('ARM\x64', ARM64_AT, 'latin1');
  await writeFile(path, bytes);
  return path;
}
