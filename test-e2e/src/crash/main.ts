/**
 * The full lane: controllers of real guests under QEMU, killed at every step and at random instants.
 *
 *   npm run dev -- pnpm test:crash [--scene qemu|qemu-share-tap|cloudhv|cloudhv-share-tap|applevz|stand-in] [--instants 500] [--side-by-side 2] [--seed n]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeCloudHypervisor } from '@vmrs/testkit';
import { pretendedMac } from '../pretended-mac.ts';
import { type Attempt, campaign, everyStep, lengthOf, randomInstants, stepsOf } from './campaign.ts';
import { SCENES, type SceneName } from './scenes.ts';
import { seededRandom } from './seeded-random.ts';

const { values } = parseArgs({
  options: {
    scene: { type: 'string', default: 'qemu' },
    instants: { type: 'string', default: '500' },
    'side-by-side': { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
  },
});
const scene = SCENES.find((name) => name === values.scene);
if (scene === undefined) throw new TypeError(`--scene must be one of ${SCENES.join(', ')}`);
const instants = Number(values.instants);
const random = seededRandom(Number(values.seed));
const sideBySide = Number(values['side-by-side']);
await using _ = await hypervisorFor(scene);
console.log(`scene ${scene}, seed ${values.seed}\n`);
console.log('| lifetime | killed at | controllers killed | VMs lost, leaks, wrong answers |');
console.log('|---|---|---|---|');

const all: string[] = [];
for (const lifetime of ['detached', 'attached'] as const) {
  const steps = await stepsOf(scene, lifetime);
  await run(scene, lifetime, `each side of ${steps.length} steps`, everyStep(steps, lifetime));
  const share = lifetime === 'detached' ? 0.75 : 0.25;
  const length = await lengthOf(scene, lifetime);
  await run(scene, lifetime, 'random instants', randomInstants(Math.round(instants * share), length, lifetime, random));
}
for (const finding of all) console.log(finding);
process.exitCode = all.length === 0 ? 0 : 1;

/** What the scene needs besides this project: what plays its hypervisor, where the environment does not name one. */
async function hypervisorFor(name: SceneName): Promise<AsyncDisposable | null> {
  if (name !== 'applevz' && !(name.startsWith('cloudhv') && process.env['VMRS_CLOUD_HYPERVISOR'] === undefined))
    return null;
  const folder = await mkdtemp(join(tmpdir(), 'vmrs-crash-'));
  if (name === 'applevz') Object.assign(process.env, await pretendedMac(folder, { arch: 'arm64' }));
  else process.env['VMRS_CLOUD_HYPERVISOR'] = await writeCloudHypervisor(folder);
  return { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function run(name: SceneName, lifetime: string, what: string, attempts: readonly Attempt[]): Promise<void> {
  const { tried, survived, findings } = await campaign(name, attempts, sideBySide);
  console.log(`| ${lifetime} | ${what} | ${tried - survived} | ${findings.length} |`);
  all.push(...findings);
}
