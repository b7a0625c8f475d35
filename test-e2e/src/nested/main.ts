import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { guestAssets } from '@vmrs/guest';
import { installInto, NPM } from '../installed.ts';
import { packAll } from '../packed.ts';
import { runInside } from './outer-machine.ts';
import { type Step, StepReader } from './read-steps.ts';
import { runHere } from './run-here.ts';

const USAGE = `The same lives of real guests on every driver, under a true KVM.

  pnpm test:e2e:nested            in a machine with KVM that QEMU makes in software (about five minutes)
  pnpm test:e2e:kvm               on this machine's own KVM

  --driver qemu|cloudhv           only that one; may be repeated

Cloud Hypervisor needs its binary in VMRS_CLOUD_HYPERVISOR, and is skipped without.`;

/** Each inner guest takes some seconds; a life has about twelve. */
const LIFE_MS = 600_000;

const { values } = parseArgs({
  options: {
    direct: { type: 'boolean', default: false },
    driver: { type: 'string', multiple: true },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else process.exitCode = await main(values.driver ?? ['qemu', 'cloudhv'], values.direct);

async function main(wanted: readonly string[], direct: boolean): Promise<number> {
  const binary = process.env['VMRS_CLOUD_HYPERVISOR'];
  const drivers = wanted.filter((driver) => driver !== 'cloudhv' || binary !== undefined);
  if (drivers.length < wanted.length) console.log('skipped: cloudhv (VMRS_CLOUD_HYPERVISOR names no cloud-hypervisor)');
  const caller = new AbortController();
  const onSignal = (): void => caller.abort(new Error('interrupted'));
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const root = await realpath(await mkdtemp(join(tmpdir(), 'vl-')));
  const readers: StepReader[] = [];
  try {
    const project = join(root, 'project');
    await installInto(project, await packAll(join(root, 'tarballs')), NPM, 'life.mjs');
    // In the cache before it is asked for without a network.
    const { initramfs } = await guestAssets({ testHooks: true, signal: caller.signal });
    const cache = dirname(dirname(dirname(dirname(initramfs))));
    for (const driver of drivers) {
      const lifeRoot = direct ? join(root, driver) : `/run/${driver}`;
      const env = {
        ...{ PATH: `${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`, HOME: '/root', LIFE_CACHE: cache },
        ...{ LIFE_ACCEL: 'kvm', LIFE_ROOT: lifeRoot },
        ...(binary === undefined ? {} : { VMRS_CLOUD_HYPERVISOR: binary }),
      };
      const reader = new StepReader(show);
      readers.push(reader);
      const life = {
        ...{ command: [process.execPath, join(project, 'main.mjs'), driver], env, timeoutMs: LIFE_MS },
        ...{ onConsole: (chunk: Uint8Array) => reader.push(chunk), signal: caller.signal },
      };
      if (direct) await runHere({ ...life, root: lifeRoot });
      else {
        const needs = [project, cache, process.execPath, ...(driver === 'cloudhv' && binary ? [binary] : [])];
        await runInside({ ...life, needs });
      }
      if (reader.ends === 0) console.log(`the life on ${driver} did not come to its end:\n${reader.tail.join('\n')}`);
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  const steps = readers.flatMap((reader) => reader.steps);
  const cut = drivers.length - readers.filter(({ ends }) => ends === 1).length;
  const failed = steps.filter(({ ok }) => !ok).length + cut;
  console.log(
    `${steps.filter(({ ok }) => ok).length} passed, ${failed} failed, ${wanted.length - drivers.length} skipped`,
  );
  return failed === 0 ? 0 : 1;
}

function show({ driver, step, ok, ms, told, error, consoleTail, vmmLogTail }: Step): void {
  const outcome = ok ? `${String(ms).padStart(6)} ms` : `FAILED ${error}`;
  console.log(
    `${driver.padEnd(8)} ${step.padEnd(66)} ${outcome}${told === undefined ? '' : `  ${JSON.stringify(told)}`}`,
  );
  for (const [what, lines = []] of Object.entries({ console: consoleTail, 'hypervisor log': vmmLogTail })) {
    if (lines.length > 0) console.log([`--- ${what}`, ...lines].join('\n'));
  }
}
