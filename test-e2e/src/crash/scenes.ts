import { join } from 'node:path';
import type { VmConfig } from '@vmrs/core';
import type { VmDriver } from '@vmrs/core/driver';
import { qemu } from '@vmrs/driver-qemu';
import { fakeDriver, readyGuest, writeGuestScript } from '@vmrs/testkit';
import { plainGuest } from '../guests.ts';
import type { CrashOrder } from './crash-order.ts';

/** Name of the VM that lives through it all. */
export const NAME = 'web';

/** A hypervisor, and what it is to boot. */
export interface Scene {
  readonly driver: VmDriver;
  /** The VM's configuration; its files are in `filesDir`. */
  config(filesDir: string): Promise<VmConfig>;
  /** Whether its VMs can be saved. */
  readonly snapshots: boolean;
}

/** The scene of that name. */
export function sceneOf(name: CrashOrder['scene']): Scene {
  switch (name) {
    case 'stand-in':
      return { driver: fakeDriver(), config: standInConfig, snapshots: true };
    case 'qemu':
      return { driver: qemu({ accel: 'tcg' }), config: qemuConfig, snapshots: true };
  }
}

async function standInConfig(filesDir: string): Promise<VmConfig> {
  const kernel = join(filesDir, 'guest');
  await writeGuestScript(kernel, readyGuest());
  return { name: NAME, kernel };
}

async function qemuConfig(): Promise<VmConfig> {
  return { name: NAME, ...(await plainGuest()), memoryMb: 128 };
}
