import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VmConfig } from '@vmrs/core';
import type { VmDriver } from '@vmrs/core/driver';
import { applevz } from '@vmrs/driver-applevz';
import { cloudhv } from '@vmrs/driver-cloudhv';
import { qemu } from '@vmrs/driver-qemu';
import { fakeDriver, readyGuest, writeGuestScript } from '@vmrs/testkit';
import { plainGuest } from '../guests.ts';
import { hasDevice, makeTap, removeTap, tapName } from './tap.ts';

/** Name of the VM that lives through it all. */
export const NAME = 'web';

/** What is tried. */
export const SCENES = ['stand-in', 'qemu', 'qemu-share-tap', 'cloudhv', 'cloudhv-share-tap', 'applevz'] as const;
export type SceneName = (typeof SCENES)[number];

/** A hypervisor, and what it is to boot. Everything is given the folder that is the trial's own. */
export interface Scene {
  readonly driver: VmDriver;
  config(filesDir: string): Promise<VmConfig>;
  /** Whether its VMs can be saved. */
  readonly snapshots: boolean;
  /** What the caller has before the boot and must have after everything. */
  readonly callers: {
    make(filesDir: string): Promise<void>;
    /** What of it is not as it was. */
    harmed(filesDir: string): Promise<readonly string[]>;
    remove(filesDir: string): Promise<void>;
  } | null;
}

/** The scene of that name. */
export function sceneOf(name: SceneName): Scene {
  switch (name) {
    case 'stand-in':
      return { driver: fakeDriver(), config: standInConfig, snapshots: true, callers: null };
    case 'qemu':
      return { driver: qemu({ accel: 'tcg' }), config: qemuConfig, snapshots: true, callers: null };
    case 'qemu-share-tap':
      return {
        driver: qemu({ accel: 'tcg', shares: 'virtiofs' }),
        config: withShareAndTap,
        snapshots: false,
        callers: SHARE_AND_TAP,
      };
    case 'cloudhv':
      return { driver: cloudhv(), config: cloudhvConfig, snapshots: true, callers: null };
    case 'cloudhv-share-tap':
      return { driver: cloudhv(), config: withShareAndMadeTap, snapshots: false, callers: SHARE_AND_MADE_TAP };
    case 'applevz':
      return { driver: applevz(), config: applevzConfig, snapshots: true, callers: null };
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

async function withShareAndTap(filesDir: string): Promise<VmConfig> {
  return {
    ...(await qemuConfig()),
    sharedDirs: [{ hostPath: join(filesDir, 'share'), tag: 'share' }],
    networks: [{ type: 'nat' }, { type: 'tap', name: tapName(filesDir) }],
  };
}

/** Which executable Cloud Hypervisor is, the environment says; its stand-in runs a scripted guest. */
async function cloudhvConfig(): Promise<VmConfig> {
  const { networks: _, ...guest } = await plainGuest();
  return { name: NAME, ...guest, memoryMb: 128 };
}

/** What stands for the framework, and as what its guests pass, the environment says. */
async function applevzConfig(): Promise<VmConfig> {
  const { networks: _, ...guest } = await plainGuest();
  const kernel = process.env['LIFE_KERNEL'];
  if (kernel === undefined) throw new TypeError('LIFE_KERNEL must name the kernel');
  return { name: NAME, ...guest, kernel, memoryMb: 128, cmdline: 'console=hvc0 panic=-1' };
}

async function withShareAndMadeTap(filesDir: string): Promise<VmConfig> {
  return {
    ...(await cloudhvConfig()),
    sharedDirs: [{ hostPath: join(filesDir, 'share'), tag: 'share' }],
    networks: [{ type: 'tap', create: true, name: tapName(filesDir) }],
  };
}

const SHARE_AND_MADE_TAP: Scene['callers'] = {
  async make(filesDir) {
    await mkdir(join(filesDir, 'share'));
    await writeFile(join(filesDir, 'share', 'mine'), 'mine');
  },
  async harmed(filesDir) {
    const text = await readFile(join(filesDir, 'share', 'mine'), 'utf8').catch(String);
    const tap = await hasDevice(tapName(filesDir));
    return [
      ...(text === 'mine' ? [] : [`the shared folder: ${text}`]),
      ...(tap ? ['the tap that was made is left'] : []),
    ];
  },
  remove: async () => undefined,
};

const SHARE_AND_TAP: Scene['callers'] = {
  async make(filesDir) {
    await mkdir(join(filesDir, 'share'));
    await writeFile(join(filesDir, 'share', 'mine'), 'mine');
    await makeTap(tapName(filesDir));
  },
  async harmed(filesDir) {
    const text = await readFile(join(filesDir, 'share', 'mine'), 'utf8').catch(String);
    const tap = await hasDevice(tapName(filesDir));
    return [...(text === 'mine' ? [] : [`the shared folder: ${text}`]), ...(tap ? [] : ['the tap is gone'])];
  },
  remove: (filesDir) => removeTap(tapName(filesDir)),
};
