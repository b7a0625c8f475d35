import type { ProcessIdentity } from '../../contract/index.ts';
import { type RungReport, VmError } from '../../errors/index.ts';
import { signalProcess } from '../../process/index.ts';
import { isEnded, type VmExit, type VmState } from '../../state/index.ts';
import { checkKnown, checkTime } from '../options/check-options.ts';
import type { VmRuntime } from '../runtime/vm-runtime.ts';
import { DEFAULT_DEADLINES, type LadderDeadlines, type Rung, walkLadder } from './stop-ladder.ts';
import type { StopOptions, StopResult } from './stop-result.ts';

/**
 * Walks the ladder: power button, the hypervisor's own stop, SIGTERM, SIGKILL. Every caller of a running stop gets the same
 * result, and later ones get it too; a VM that has ended already is a success. Throws `STOP_FAILED` when the VMM is still there after SIGKILL, and
 * `TypeError` for a deadline that is none.
 */
export async function stop(runtime: VmRuntime, options: StopOptions = {}): Promise<StopResult> {
  const deadlines = checkDeadlines(options);
  return begin(runtime, () => runtime.queue.run(() => descend(runtime, deadlines)));
}

/** The deadlines asked for, else the defaults. Throws `TypeError` for one that is none. */
export function checkDeadlines(options: StopOptions): LadderDeadlines {
  checkKnown('stop()', options, Object.keys(DEFAULT_DEADLINES));
  return {
    graceMs: checkTime('graceMs', options.graceMs, DEFAULT_DEADLINES.graceMs),
    terminateMs: checkTime('terminateMs', options.terminateMs, DEFAULT_DEADLINES.terminateMs),
    sigtermMs: checkTime('sigtermMs', options.sigtermMs, DEFAULT_DEADLINES.sigtermMs),
    sigkillMs: checkTime('sigkillMs', options.sigkillMs, DEFAULT_DEADLINES.sigkillMs),
  };
}

/** Ends the VM by force at once, whatever else is going on: pending operations, a stop among them, give way. */
export function kill(runtime: VmRuntime): Promise<StopResult> {
  const pending = runtime.stopping;
  runtime.killed.abort(new Error(`VM '${runtime.key.name}' is killed`));
  // A stop that is waiting on an earlier rung ends by itself as soon as the VMM is gone.
  return pending === null ? begin(runtime, () => force(runtime)) : force(runtime);
}

function begin(runtime: VmRuntime, work: () => Promise<StopResult>): Promise<StopResult> {
  if (isEnded(runtime.cell.current)) return ended(runtime, []);
  if (runtime.detached) return Promise.reject(runtime.invalidState('stop'));
  const shared = (runtime.stopping as Promise<StopResult> | null) ?? work();
  runtime.stopping = shared;
  const forget = (): void => {
    if (runtime.stopping === shared) runtime.stopping = null;
  };
  shared.then(forget, forget);
  return shared;
}

async function descend(runtime: VmRuntime, deadlines: LadderDeadlines): Promise<StopResult> {
  const before = runtime.cell.current;
  if (isEnded(before)) return ended(runtime, []);
  runtime.cell.to({ status: 'stopping' });
  if (runtime.machineOrNull === null) {
    // During a boot the launch itself gives up and undoes what it made.
    runtime.killed.abort(new Error(`VM '${runtime.key.name}' is stopped`));
    return ended(runtime, []);
  }
  const guest = { paused: before.status === 'paused' };
  const { gone, rungs } = await walkLadder(ladder(runtime, deadlines, guest), runtime.exited, runtime.clock);
  runtime.onMarker = null;
  if (gone) return ended(runtime, runtime.killed.signal.aborted ? preempted(rungs) : rungs);
  throw stopFailed(runtime, rungs, guest.paused ? { status: 'paused' } : runtime.awakeState());
}

async function force(runtime: VmRuntime): Promise<StopResult> {
  const before = runtime.cell.current;
  if (isEnded(before)) return ended(runtime, []);
  runtime.cell.to({ status: 'stopping' });
  if (runtime.machineOrNull === null) return ended(runtime, []);
  const { sigkillMs } = DEFAULT_DEADLINES;
  const { gone, rungs } = await walkLadder([sigkill(runtime, sigkillMs)], runtime.exited, runtime.clock);
  if (gone) return ended(runtime, rungs);
  throw stopFailed(runtime, rungs, before);
}

function ladder(runtime: VmRuntime, deadlines: LadderDeadlines, guest: { paused: boolean }): readonly Rung[] {
  const { machine } = runtime;
  const { process } = machine;
  const at = (rung: RungReport['rung'], act: () => Promise<unknown>) => async (): Promise<void> => {
    // A kill has taken over; its rung is the one to be reported.
    if (runtime.killed.signal.aborted) return;
    runtime.rung = rung;
    await act();
  };
  const requestStop = machine.requestStop?.bind(machine);
  const terminate = machine.terminate?.bind(machine);
  return [
    {
      name: 'power-button',
      deadlineMs: deadlines.graceMs,
      act:
        requestStop === undefined
          ? null
          : at('power-button', async () => {
              // A suspended guest cannot react to its power button.
              if (guest.paused) await machine.resume?.();
              guest.paused = false;
              // A guest that is still booting has nobody to hear the button; its marker says that there is somebody now.
              runtime.onMarker = () => {
                requestStop().catch((error: unknown) => runtime.warn('the guest cannot be asked again', error));
              };
              await requestStop();
            }),
    },
    {
      name: 'terminate',
      deadlineMs: deadlines.terminateMs,
      act: terminate === undefined ? null : at('terminate', () => terminate()),
    },
    {
      name: 'sigterm',
      deadlineMs: deadlines.sigtermMs,
      act: process === null ? null : () => terminateProcess(runtime, process),
    },
    sigkill(runtime, deadlines.sigkillMs),
  ];
}

async function terminateProcess(runtime: VmRuntime, process: ProcessIdentity): Promise<void> {
  if (runtime.killed.signal.aborted) return;
  // What is gone by now was ended by an earlier rung, whose end is only on its way here.
  if ((await signalProcess(process, 'SIGTERM', { group: true })) === 'sent') runtime.rung = 'sigterm';
}

function sigkill(runtime: VmRuntime, deadlineMs: number): Rung {
  return {
    name: 'sigkill',
    deadlineMs,
    act: async () => {
      runtime.rung = 'sigkill';
      await runtime.machine.kill();
    },
  };
}

/** What a stop reports when a kill came in between: the rung it was on did not do it. */
function preempted(rungs: readonly RungReport[]): readonly RungReport[] {
  const last = rungs.at(-1);
  if (last === undefined || last.rung === 'sigkill') return rungs;
  return [
    ...rungs.slice(0, -1),
    { ...last, outcome: 'skipped' },
    { rung: 'sigkill', outcome: 'worked', elapsedMs: last.elapsedMs },
  ];
}

/** The result, for all who ask the same one, once everything is cleaned up. `rungs` are those of one who took part in the end. */
function ended(runtime: VmRuntime, rungs: readonly RungReport[]): Promise<StopResult> {
  // A stop that a kill overtook has more to tell than the kill.
  if (rungs.length > runtime.rungs.length) runtime.rungs = rungs;
  return finalResult(runtime);
}

/** How the VM ended, once everything is cleaned up: the same result whoever asks, however often. Never rejects. */
export async function finalResult(runtime: VmRuntime): Promise<StopResult> {
  const { state, problems } = await runtime.life.ended.promise;
  if (runtime.result === null) {
    const at = new Date(runtime.clock.now()).toISOString();
    const exit: VmExit = state.exit ?? { how: 'unknown', code: null, signal: null, at };
    runtime.result = { ...exit, rungs: runtime.rungs, problems };
  }
  return runtime.result;
}

/** `back`: the state to return to, unless another stop is still under way; that one returns then. */
function stopFailed(runtime: VmRuntime, rungs: readonly RungReport[], back: VmState): VmError<'STOP_FAILED'> {
  runtime.rung = null;
  runtime.killed = new AbortController();
  if (runtime.cell.current.status === 'stopping' && back.status !== 'stopping') runtime.become(back);
  const process = runtime.machineOrNull?.process ?? null;
  const story = rungs
    .map(({ rung, outcome, error }) => `${rung} ${outcome}${error === undefined ? '' : ` (${error})`}`)
    .join(', ');
  return new VmError('STOP_FAILED', {
    vm: runtime.key.name,
    driver: runtime.driver.id,
    detail: `${process === null ? 'the VM' : `VMM process ${process.pid}`} is still there after every rung: ${story}`,
    details: { rungs },
  });
}
