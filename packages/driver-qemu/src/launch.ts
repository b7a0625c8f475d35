import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename } from 'node:path';
import type { BootSpec, DriverContext, ProcessCommand, VmProcess } from '@vmrs/core/driver';
import {
  endSidecars,
  netnsPath,
  PanicWatch,
  readDisks,
  type Sidecar,
  type SidecarStart,
  startAll,
  startGate,
  startVirtiofsd,
  within,
} from '@vmrs/driver-kit';
import type { BootPlan } from './config/boot-plan.ts';
import { commandLine } from './config/command-line.ts';
import { inheritedFds, planBoot, type Restored } from './config/plan-boot.ts';
import { openMonitor } from './control/monitors.ts';
import type { QmpConnection } from './control/qmp-connection.ts';
import { type ControlData, toControl } from './control-data.ts';
import { hypervisorError } from './errors.ts';
import type { Helpers, QemuHost } from './host/host.ts';
import type { QemuBinary } from './host/qemu-binary.ts';
import { QemuMachine } from './machine.ts';
import type { ResolvedOptions } from './options.ts';
import { startVsock } from './sidecars/vsock.ts';
import { hardwareDigest } from './snapshot/snapshot-data.ts';

/** Time between the end of a dying QEMU's connection and that of its process, at most. */
const EXIT_GRACE_MS = 500;

/** Everything that was found out and decided for one start; nothing has been started. */
export interface Preparation {
  readonly binary: QemuBinary;
  readonly helpers: Helpers;
  readonly plan: BootPlan;
  readonly control: ControlData;
}

/** Finds out what the host has and decides how QEMU is to be started. Touches nothing. */
export async function prepare(
  spec: BootSpec,
  context: Pick<DriverContext, 'paths' | 'signal'>,
  host: QemuHost,
  options: ResolvedOptions,
  restored: Restored | null = null,
): Promise<Preparation> {
  const binary = await host.binary(context.signal);
  const [{ accelerator }, helpers, disks, vhostNet] = await Promise.all([
    host.accelerator(binary, context.signal),
    host.helpers(spec),
    readDisks(spec),
    canOpen('/dev/vhost-net'),
  ]);
  const plan = planBoot(spec, {
    ...{ options, binary, accelerator, helpers, disks, vhostNet, restored },
    paths: context.paths,
  });
  const control = {
    binary: binary.path,
    sharedMemory: plan.memory.kind === 'shared',
    hardware: hardwareDigest(plan),
    macs: plan.nics.map(({ mac }) => mac),
  };
  return { binary, helpers, plan, control };
}

/**
 * Starts QEMU and its helpers and connects to it. On failure, and when the context's signal is aborted, everything that was started is
 * ended before this rejects. Throws `HYPERVISOR`, or the signal's reason.
 */
export async function launch(
  spec: BootSpec,
  context: DriverContext,
  preparation: Preparation,
  options: ResolvedOptions,
): Promise<{ readonly machine: QemuMachine; readonly monitor: QmpConnection }> {
  const { plan, control } = preparation;
  await context.remember(toControl(control));
  const sidecars = await startSidecars(preparation, options, context);
  let process: VmProcess | undefined;
  let monitor: QmpConnection | undefined;
  try {
    context.signal.throwIfAborted();
    const panics = await PanicWatch.begin(plan.serialLog);
    process = await context.processes.spawn(command(spec, preparation));
    monitor = await connect(process, context, options);
    const machine = new QemuMachine({ spec, context, process, monitor, control, panics, sidecars });
    context.logger.debug({ event: 'qemu.started', accelerator: plan.accelerator, machine: plan.machine }, 'QEMU runs');
    return { machine, monitor };
  } catch (error) {
    monitor?.close();
    await process?.kill();
    await endSidecars(sidecars);
    throw error;
  }
}

/** What to run: QEMU itself, or `nsenter`, which enters the network namespace and becomes QEMU in the same process. */
function command(spec: BootSpec, { binary, helpers, plan }: Preparation): ProcessCommand {
  const args = commandLine(plan);
  const common = { role: 'vmm', fds: inheritedFds(spec.networks) };
  if (spec.netns === null) return { ...common, file: binary.path, args };
  if (typeof helpers.nsenter === 'string') throw hypervisorError('netns', helpers.nsenter, { vm: spec.name });
  return {
    ...common,
    file: helpers.nsenter.path,
    args: [`--net=${netnsPath(spec.netns)}`, '--', binary.path, ...args],
  };
}

/** Connects to a QEMU that was just started; its end and a deadline end the wait. */
async function connect(
  process: VmProcess,
  context: DriverContext,
  { startTimeoutMs }: ResolvedOptions,
): Promise<QmpConnection> {
  const { signal, clock, paths, vm } = context;
  const fail = (what: string): Error =>
    hypervisorError('start', `QEMU ${what} before it could be controlled; see ${basename(paths.vmmLog)}`, {
      vm: vm.name,
    });
  const wait = startGate(process, startTimeoutMs, fail, context);
  try {
    return await openMonitor(paths.runtimeDir, wait.signal, startTimeoutMs);
  } catch (error) {
    // When QEMU dies in the middle of the handshake its connection ends first; the reason is its exit.
    signal.throwIfAborted();
    if (!wait.signal.aborted) await within(process.exited, EXIT_GRACE_MS, clock);
    wait.signal.throwIfAborted();
    throw error;
  } finally {
    wait.abort(undefined);
    wait.dispose();
  }
}

async function startSidecars(
  { plan, helpers }: Preparation,
  options: ResolvedOptions,
  context: DriverContext,
): Promise<readonly Sidecar[]> {
  const starts = plan.shares.flatMap((share, index): SidecarStart<DriverContext>[] => {
    const { via } = share;
    const { virtiofsd } = helpers;
    if (via.type !== 'virtiofs' || typeof virtiofsd === 'string') return [];
    const run = { role: `virtiofsd-${index}`, sandbox: options.virtiofsdSandbox, driver: 'qemu' };
    return [(bound) => startVirtiofsd(virtiofsd, { ...share, socket: via.socket }, run, bound)];
  });
  const { vsock } = helpers;
  const { vsockSocket } = plan;
  if (vsockSocket !== null) {
    if (typeof vsock === 'string') throw hypervisorError('vsock', vsock, { vm: context.vm.name });
    starts.push((bound) => startVsock(vsock.path, vsockSocket, bound));
  }
  return startAll(starts, context);
}

async function canOpen(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    // Whatever keeps us from opening it keeps QEMU from it too; it does without.
    return false;
  }
}
