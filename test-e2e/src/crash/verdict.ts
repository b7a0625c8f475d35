import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isEnded, type Vm, VmManager } from '@vmrs/core';
import { lookAround, markedProcesses } from '../world.ts';
import { MILESTONES } from './crash-order.ts';
import { NAME, type Scene } from './scenes.ts';
import type { Trial } from './trial.ts';

/** What went wrong after one death of a controller; all empty when nothing did. */
export interface Verdict {
  /** The VM lives or lived, and could not be found, or not be used. */
  readonly lost: readonly string[];
  /** Left behind when everything was ended and collected. */
  readonly leaked: readonly string[];
  /** Told wrongly: a state that cannot be, a problem that is none. */
  readonly wrong: readonly string[];
}

/** What a collection says of what no ledger lists. */
const NOBODYS = 'it is of this state directory, and no VM in it knows it any more';

/** How long a VM or an attached VM's processes may take for anything. */
const PATIENCE_MS = 30_000;

/** Looks as the next controller at what a dead one has left, ends it, and looks at what remains. */
export async function judge(trial: Trial, scene: Scene): Promise<Verdict> {
  const lost: string[] = [];
  const leaked: string[] = [];
  const wrong: string[] = [];
  const { stateDir, runtimeDir } = trial;
  const vms = await VmManager.open({ drivers: [scene.driver], stateDir, runtimeDir, keep: 'always' });
  try {
    const { adopted, problems } = await vms.adoptAll();
    wrong.push(...problems.map(({ path, message }) => `adoptAll: ${path}: ${message}`));
    const [vm] = adopted;
    const story = storyOf(trial);
    if (vm !== undefined && !isEnded(vm.state)) await use(vm, trial, { lost, wrong });
    else if (story.mustLive) lost.push(`it should live and is ${vm?.state.status ?? 'not there'}`);
    else if (story.mustExist && vm === undefined) lost.push('it was booted, and there is no record of it');
    const { released, failed } = await vms.gc();
    wrong.push(...failed.map(({ what, why }) => `gc: ${what}: ${why}`));
    // Its search of the whole host is the last net. Nothing may fall so far that a ledger should have listed.
    const strays = released.filter(({ vm: owner, why }) => owner === null && why === NOBODYS);
    leaked.push(...strays.map(({ what }) => `no ledger listed ${what}`));
    for (const { name } of await vms.list()) {
      await vms.remove(name).catch(async (error: unknown) => {
        wrong.push(`remove: ${error instanceof Error ? error.message : String(error)}`);
        await vms.remove(name, { force: true });
      });
    }
  } finally {
    await vms.close();
  }
  wrong.push(...(await unfinishedSnapshots(trial)));
  wrong.push(...((await scene.callers?.harmed(trial.filesDir)) ?? []).map((line) => `the caller's: ${line}`));
  const left = [...(await markedProcesses(trial.mark)), ...(await lookAround([stateDir, runtimeDir]))];
  // The open files of this process are those of other trials at the same time.
  leaked.push(...left.filter((line) => !line.startsWith('open file')));
  return { lost, leaked, wrong };
}

/** What must be so by what the controller has said last. */
function storyOf({ said, lifetime }: Trial): { readonly mustExist: boolean; readonly mustLive: boolean } {
  const last = said.findLast((word) => 'at' in word);
  const reached = MILESTONES.indexOf(last !== undefined && 'at' in last ? last.at : 'start');
  const booted = reached >= MILESTONES.indexOf('booted');
  const beforeStop = reached < MILESTONES.indexOf('stopping');
  // A stopped VM leaves nothing, and one that is being stopped may have got so far.
  return {
    mustExist: booted && beforeStop && lifetime === 'detached',
    mustLive: booted && beforeStop && lifetime === 'detached',
  };
}

/** A VM that was taken back must do everything. */
async function use(
  vm: Vm,
  { lifetime, said }: Trial,
  { lost, wrong }: { lost: string[]; wrong: string[] },
): Promise<void> {
  if (vm.name !== NAME) wrong.push(`a VM called ${vm.name} was found`);
  if (lifetime === 'attached') wrong.push('an attached VM was taken back');
  const asked = said.some((word) => 'at' in word && word.at === 'stopping');
  try {
    if (vm.state.status === 'paused') await vm.resume();
    // One that was asked to power off before its controller died may do so at any moment.
    if (!asked) await vm.ready({ timeoutMs: PATIENCE_MS });
    const { how, problems } = await vm.stop({ graceMs: PATIENCE_MS });
    if (!asked && how !== 'guest') lost.push(`it did not react to its power button but was ended by ${how}`);
    wrong.push(...problems.map(({ path, message }) => `stop: ${path}: ${message}`));
  } catch (error) {
    if (!asked) lost.push(`it cannot be used: ${error instanceof Error ? error.message : String(error)}`);
    else if (!isEnded(vm.state)) await vm.kill();
  }
}

/** A snapshot is complete or not there. */
async function unfinishedSnapshots({ filesDir }: Trial): Promise<readonly string[]> {
  const names = await readdir(filesDir);
  const partial = names.filter((name) => name.includes('.partial-'));
  const empty = names.includes('snapshot') && !(await readdir(join(filesDir, 'snapshot'))).includes('manifest.json');
  return [...partial.map((name) => `left: ${name}`), ...(empty ? ['a snapshot without a manifest'] : [])];
}
