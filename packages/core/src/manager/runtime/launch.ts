import type { DriverContext, Machine } from '../../contract/index.ts';
import { isVmError, VmError } from '../../errors/index.ts';
import { createProcessHost } from '../../process/index.ts';
import { makeTap } from '../../resources/index.ts';
import { raceAbort } from '../../util/abort.ts';
import { linkAborts } from '../../util/linked-abort.ts';
import { bounded } from './give-up.ts';
import type { VmRuntime } from './vm-runtime.ts';

/** How a VM is started. */
export interface LaunchOptions {
  /** `boot` or `restore`, for messages. */
  readonly operation: string;
  readonly signal: AbortSignal | undefined;
  /** Time until the hypervisor must execute the guest. */
  readonly timeoutMs: number;
  /** The state in which the VM comes up. */
  readonly comesUp: 'running' | 'paused';
  /** Calls the driver. */
  readonly start: (context: DriverContext) => Promise<Machine>;
}

/** The context in which a driver works on the VM of `runtime`. */
export async function driverContext(runtime: VmRuntime, signal: AbortSignal): Promise<DriverContext> {
  const { home, logger, clock } = runtime;
  const paths = home.paths();
  const ledger = await home.ledger();
  const { instanceId, lifetime } = home.knownRecord;
  return {
    vm: { ...runtime.key, instanceId },
    paths,
    logger,
    clock,
    signal,
    lifetime,
    resources: await home.resources(),
    processes: createProcessHost({ ledger, paths, logger, lifetime, mark: home.mark }),
    remember: (control) => home.remember(control),
    notify: runtime.onMachineEvent,
  };
}

/**
 * Has the driver start the VM whose intent is on disk. On every failure (refusal, time-out, abort, kill) everything made for it
 * is undone before this rejects.
 */
export async function launch(runtime: VmRuntime, options: LaunchOptions): Promise<void> {
  const { clock } = runtime;
  const since = clock.elapsed();
  const gate = linkAborts(options.signal, runtime.killed.signal);
  const deadline = new AbortController();
  clock.sleep(options.timeoutMs, deadline.signal).then(
    () => gate.abort(LATE),
    () => undefined, // The launch was over first.
  );
  let starting: Promise<Machine> | undefined;
  try {
    gate.signal.throwIfAborted();
    const context = await driverContext(runtime, gate.signal);
    starting = makeTaps(runtime, context).then(() => options.start(context));
    const machine = await raceAbort(starting, gate.signal);
    // Whoever stops the VM from here on stops the machine; until here, the launch.
    gate.signal.throwIfAborted();
    await runtime.takeMachine(machine, options.comesUp);
  } catch (error) {
    if (starting !== undefined) await giveUp(runtime, starting);
    const failure = await launchError(runtime, error, gate.signal, options, clock.elapsed() - since);
    const at = new Date(clock.now()).toISOString();
    const aborted = failure.code === 'ABORTED';
    await runtime.end(
      aborted
        ? { status: 'stopped', exit: { how: 'terminated', code: null, signal: null, at } }
        : { status: 'failed', reason: failure.message, exit: null },
    );
    throw failure;
  } finally {
    deadline.abort();
    gate.dispose();
  }
}

/** The taps that are to be made for the VM, one after another: the first failure names the one. They are released with the VM, however it ends. */
async function makeTaps(runtime: VmRuntime, { resources, signal }: DriverContext): Promise<void> {
  const { networks, netns } = runtime.home.knownRecord.spec;
  for (const network of networks) {
    if (network.type !== 'tap' || !network.create) continue;
    signal.throwIfAborted();
    await makeTap({ name: network.name, netns, bridge: network.bridge }, resources);
  }
}

/** Why a launch is given up whose time is over. */
const LATE = Symbol('late');

/** Waits for a driver that was told to give up, within bounds, and ends a machine that came up all the same. */
async function giveUp(runtime: VmRuntime, starting: Promise<Machine>): Promise<void> {
  const undone = starting.then(
    (machine) => machine.kill(),
    () => undefined, // The failure is being reported already.
  );
  undone.catch((error: unknown) => runtime.warn('a machine that came up all the same cannot be ended', error));
  // Its failure is told just above, and what it leaves is released from the ledger, as is what takes too long.
  await Promise.allSettled([bounded(undone, runtime.clock)]);
}

async function launchError(
  runtime: VmRuntime,
  error: unknown,
  gate: AbortSignal,
  options: LaunchOptions,
  elapsedMs: number,
): Promise<VmError> {
  const vm = runtime.key.name;
  const driver = runtime.driver.id;
  if (gate.aborted) {
    const { operation, timeoutMs } = options;
    const evidence = await runtime.evidence(operation, elapsedMs);
    if (gate.reason === LATE) {
      const detail = `${operation} took longer than ${timeoutMs} ms; everything made for it is undone`;
      return new VmError('TIMEOUT', { vm, driver, detail, details: { operation, timeoutMs, evidence } });
    }
    const detail = `${operation} was given up; everything made for it is undone`;
    return new VmError('ABORTED', { vm, driver, detail, details: { operation, evidence }, cause: gate.reason });
  }
  // Refusals are passed on as they are; everything else is a boot that failed.
  if (isVmError(error) && REFUSALS.has(error.code)) return error;
  const evidence = await runtime.evidence(options.operation, elapsedMs);
  const said = error instanceof Error ? error.message : String(error);
  const log = evidence.vmmLogTail.at(-1);
  const detail = `${said}${log === undefined || said.includes(log) ? '' : `; the VMM's last words: ${log}`}`;
  return new VmError('BOOT_FAILED', { vm, driver, detail, details: evidence, cause: error });
}

const REFUSALS: ReadonlySet<string> = new Set([
  'INVALID_CONFIG',
  'UNSUPPORTED',
  'PREFLIGHT_FAILED',
  'SNAPSHOT_FAILED',
  'BOOT_FAILED',
]);
