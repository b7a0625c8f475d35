import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ErrorDetails, isVmError, type Vm, VmManager } from '@vmrs/core';
import type { Reporter } from './demo-event.ts';
import { consoleLine, guestWithGreeting } from './guest.ts';
import { lookAround } from './world.ts';

const READY_MS = 120_000;
const GRACE_MS = 30_000;

/** The whole demonstration. Returns the exit code. Throws nothing: a failure is reported with its evidence. */
export async function runDemo(reporter: Reporter, signal: AbortSignal): Promise<number> {
  const since = performance.now();
  const root = await realpath(await mkdtemp(join(tmpdir(), 'vd-')));
  const folders = [join(root, 's'), join(root, 'r')];
  try {
    for (const folder of folders) await mkdir(folder, { mode: 0o700 });
    const before = await lookAround(folders);
    const stopped = await lifeOfOneVm(reporter, root, folders, signal);
    const leaks = [...(await lookAround(folders))].filter((thing) => !before.has(thing));
    for (const what of leaks) reporter.report({ event: 'leak', what });
    reporter.report({ event: 'done', stopped, leaked: leaks.length, elapsedMs: Math.round(performance.now() - since) });
    return leaks.length === 0 && stopped === 'guest' ? 0 : 1;
  } catch (error) {
    reporter.report(failure(error));
    return 1;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function lifeOfOneVm(
  reporter: Reporter,
  root: string,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const [stateDir = '', runtimeDir = ''] = folders;
  reporter.report({ event: 'step', text: 'looking for a driver' });
  const vms = await VmManager.open({ stateDir, runtimeDir, from: import.meta.url, signal });
  try {
    const { facts, problems } = vms.probe;
    reporter.report({ event: 'driver', id: vms.driver.id, facts, notes: problems.map(({ message }) => message) });

    reporter.report({ event: 'step', text: 'preparing a guest' });
    const began = performance.now();
    const guest = await guestWithGreeting(root, signal);
    reporter.report({
      event: 'guest-assets',
      kernel: guest.kernelVersion,
      elapsedMs: Math.round(performance.now() - began),
    });

    reporter.report({ event: 'step', text: 'booting it' });
    const booted = performance.now();
    // Where it costs no privileges, the guest gets a network and with it an address.
    const networks = vms.driver.capabilities.nat ? ([{ type: 'nat' }] as const) : [];
    const vm = await vms.boot({ name: 'demo', ...guest.config, networks }, { signal });
    return await lead(reporter, vm, booted, signal);
  } finally {
    await vms.close();
  }
}

/** Leads the VM through its states. Returns how it was stopped. */
async function lead(reporter: Reporter, vm: Vm, booted: number, signal: AbortSignal): Promise<string> {
  const telling = tellStates(reporter, vm, booted);
  try {
    const greeting = consoleLine(vm, /^Linux vmrs \d/, signal);
    await vm.ready({ timeoutMs: READY_MS, signal });
    const said = await greeting;
    if (said !== null) reporter.report({ event: 'console', line: said });
    await vm.pause({ signal });
    await vm.resume({ signal });
    const { how } = await vm.stop({ graceMs: GRACE_MS });
    return how;
  } finally {
    // After an interruption or a failure; does nothing to a VM that has ended.
    await vm.kill();
    await telling;
  }
}

async function tellStates(reporter: Reporter, vm: Vm, since: number): Promise<void> {
  for await (const event of vm.events()) {
    if (event.type !== 'state') continue;
    const { status, ...rest } = event.state;
    reporter.report({
      event: 'state',
      state: status,
      elapsedMs: Math.round(performance.now() - since),
      ...('ip' in rest ? { ip: rest.ip } : {}),
      ...('reason' in rest ? { reason: rest.reason } : {}),
    });
  }
}

function failure(error: unknown): Parameters<Reporter['report']>[0] {
  const message = error instanceof Error ? error.message : String(error);
  if (!isVmError(error)) return { event: 'error', code: 'ERROR', message, console: [] };
  const details = error.details as Partial<ErrorDetails['NOT_READY'] & ErrorDetails['TIMEOUT']>;
  const console = details.consoleTail ?? details.evidence?.consoleTail ?? [];
  return { event: 'error', code: error.code, message, console };
}
