import { join } from 'node:path';
import type { Lifetime, VmManager } from '@vmrs/core';
import type { MILESTONES } from './crash-order.ts';
import type { Scene } from './scenes.ts';

/** What a life needs. */
export interface LifeOptions {
  readonly scene: Scene;
  readonly filesDir: string;
  readonly lifetime: Lifetime;
  /** Told how far it is. */
  readonly say: (at: (typeof MILESTONES)[number]) => void;
}

/** Everything that a VM can go through in one controller, from its boot to its stop. */
export async function live(vms: VmManager, { scene, filesDir, lifetime, say }: LifeOptions): Promise<void> {
  const config = await scene.config(filesDir);
  say('booting');
  const vm = await vms.boot(config, { lifetime });
  say('booted');
  await vm.ready({ timeoutMs: 120_000 });
  say('ready');
  say('pausing');
  await vm.pause();
  say('paused');
  if (scene.snapshots) await vm.snapshot(join(filesDir, 'snapshot'));
  say('snapshotted');
  say('resuming');
  await vm.resume();
  say('resumed');
  say('stopping');
  await vm.stop({ graceMs: 60_000 });
  say('stopped');
}
