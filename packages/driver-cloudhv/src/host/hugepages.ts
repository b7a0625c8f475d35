import { readFile } from 'node:fs/promises';
import { errnoOf } from '@vmrs/core/driver';

/** Huge pages of one size that this host has. */
export interface HugepagePool {
  readonly sizeKb: number;
  readonly free: number;
}

/** The pool of the given size, or of the host's default one; null when the kernel has none of that size. Linux. */
export async function hugepagePool(size: '2M' | '1G' | 'default'): Promise<HugepagePool | null> {
  const sizeKb = size === '2M' ? 2048 : size === '1G' ? 1_048_576 : await defaultSizeKb();
  if (sizeKb === null) return null;
  const file = `/sys/kernel/mm/hugepages/hugepages-${sizeKb}kB/free_hugepages`;
  try {
    return { sizeKb, free: Number(await readFile(file, 'utf8')) };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

async function defaultSizeKb(): Promise<number | null> {
  const size = /^Hugepagesize:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1];
  return size === undefined ? null : Number(size);
}
