import { constants } from 'node:fs';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deferred, errnoOf } from '@vmrs/core/driver';
import { startShortLived } from '@vmrs/driver-kit';
import type { Accelerator, GuestArch } from '../options.ts';
import { BARE_FLAGS } from './ask-qemu.ts';
import type { QemuBinary } from './qemu-binary.ts';
import { TRIAL_OUTPUT, trialImage } from './trial-image.ts';

/** Time in which an accelerator must have run the trial program, at least. With working KVM it takes a tenth of a second. */
const TRIAL_DEADLINE_MS = 2_000;
/** On a slow host it may take as many times as long as QEMU takes to say what it can do. */
const TRIAL_TIMES = 10;

/** How one accelerator fared. */
export interface AcceleratorTrial {
  readonly accelerator: Accelerator;
  readonly works: boolean;
  /** Why it does not work, with what may help; null when it works. */
  readonly reason: string | null;
  readonly fix: string | null;
}

/** The accelerator of the platform, by Node's name of it, if there is one besides TCG. */
const NATIVE: Readonly<Record<string, Accelerator>> = { linux: 'kvm', darwin: 'hvf', win32: 'whpx' };

/** Which accelerator to use for guests of `arch`, with what was found about the host's own. */
export async function chooseAccelerator(
  binary: QemuBinary,
  arch: GuestArch,
  host: { readonly platform: string; readonly arch: string } = process,
): Promise<{ readonly accelerator: Accelerator; readonly trials: readonly AcceleratorTrial[] }> {
  const native = NATIVE[host.platform];
  const trials: AcceleratorTrial[] = [];
  if (native !== undefined) {
    const foreign = (host.arch === 'arm64' ? 'aarch64' : 'x86_64') !== arch;
    const trial = foreign
      ? failed(native, `guests of ${arch} cannot use it on this host`)
      : await tryAccelerator(binary, arch, native, trialDeadline(binary));
    trials.push(trial);
    if (trial.works) return { accelerator: native, trials };
  }
  return { accelerator: 'tcg', trials };
}

/** How long a trial may take with this QEMU on this host, in milliseconds. */
export function trialDeadline({ askedMs }: Pick<QemuBinary, 'askedMs'>): number {
  return Math.max(TRIAL_DEADLINE_MS, TRIAL_TIMES * askedMs);
}

/** Runs the trial program under one accelerator. */
export async function tryAccelerator(
  binary: Pick<QemuBinary, 'path' | 'accelerators'>,
  arch: GuestArch,
  accelerator: Accelerator,
  deadlineMs: number = TRIAL_DEADLINE_MS,
): Promise<AcceleratorTrial> {
  if (!binary.accelerators.includes(accelerator)) {
    return failed(accelerator, 'this QEMU was built without it');
  }
  const blocked = accelerator === 'kvm' ? await kvmProblem() : null;
  if (blocked !== null) return blocked;
  const folder = await mkdtemp(join(tmpdir(), 'vmrs-trial-'));
  try {
    const image = join(folder, 'trial.bin');
    await writeFile(image, trialImage(arch));
    const said = await runTrial(binary.path, trialArgs(arch, accelerator, image), deadlineMs);
    return said === null ? { accelerator, works: true, reason: null, fix: null } : failed(accelerator, said);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function trialArgs(arch: GuestArch, accelerator: Accelerator, image: string): string[] {
  const machine = arch === 'x86_64' ? ['-machine', 'q35', '-bios', image] : ['-machine', 'virt', '-kernel', image];
  const cpu =
    accelerator === 'kvm' || accelerator === 'hvf'
      ? ['-cpu', 'host']
      : arch === 'aarch64'
        ? ['-cpu', 'cortex-a57']
        : [];
  return [
    ...BARE_FLAGS,
    ...machine,
    '-accel',
    accelerator,
    ...cpu,
    '-m',
    '64',
    '-chardev',
    'stdio,id=out,signal=off',
    '-serial',
    'chardev:out',
  ];
}

/** Null when the program has run, else why it has not. */
async function runTrial(binary: string, args: readonly string[], deadlineMs: number): Promise<string | null> {
  await using qemu = startShortLived(binary, args);
  const ran = deferred<null>();
  let output = '';
  qemu.child.stdout?.on('data', (bytes: Buffer) => {
    output += bytes.toString('latin1');
    if (output.includes(TRIAL_OUTPUT)) ran.resolve(null);
  });
  const late = deferred<string>();
  const timer = setTimeout(
    () => late.resolve(`a program of a few instructions did not finish in ${deadlineMs} ms under it`),
    deadlineMs,
  );
  try {
    const ended = qemu.ended.then(() => `QEMU cannot start with it: ${qemu.said() || 'no reason given'}`);
    return await Promise.race([ran.promise, ended, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function kvmProblem(): Promise<AcceleratorTrial | null> {
  try {
    await access('/dev/kvm', constants.R_OK | constants.W_OK);
    return null;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      return failed(
        'kvm',
        'there is no /dev/kvm',
        'enable virtualization in the firmware, or nested virtualization for this virtual machine',
      );
    }
    return failed(
      'kvm',
      `/dev/kvm cannot be opened (${errnoOf(error) ?? String(error)})`,
      "add this user to the group of /dev/kvm, usually 'kvm'",
    );
  }
}

/** What is left to do when nothing can be repaired from here. */
const LIVE_WITH_IT = "choose it knowingly with accel: 'tcg', or run on a host whose virtualization works";

function failed(accelerator: Accelerator, reason: string, fix: string = LIVE_WITH_IT): AcceleratorTrial {
  return { accelerator, works: false, reason, fix };
}
