import type { Duplex } from 'node:stream';
import { type Evidence, VmError } from '../errors/index.ts';
import { formatState, isEnded, type VmState } from '../state/index.ts';
import { type AbortOptions, onAbort } from '../util/abort.ts';
import type { ProbeTarget, ReadinessProbe } from './probes/probe.ts';
import { awaitReady, whileReady } from './ready-state.ts';
import { runProbes } from './run-probes.ts';

/** What {@link waitReady} needs to know of a VM. */
export interface ReadySource {
  /** Name of the VM. */
  readonly name: string;
  /** Its state now. */
  current(): VmState;
  /** Calls `listener` at each change; returns what ends that. */
  subscribe(listener: (state: VmState) => void): () => void;
  /** What is known for an error. */
  evidence(stage: string, elapsedMs: number): Promise<Evidence>;
  /** Connects to a vsock port of the guest; absent where the driver cannot. */
  readonly vsock?: (port: number, signal: AbortSignal) => Promise<Duplex>;
}

/** Options of `vm.ready()`. */
export interface ReadyOptions extends AbortOptions {
  /** Milliseconds until `TIMEOUT`. Default 60000. With 0 the VM must be ready already. */
  readonly timeoutMs?: number;
  /** What must succeed besides the guest's marker; all run at the same time, under the one deadline. Default none. */
  readonly probes?: readonly ReadinessProbe[];
}

/** Why a wait is over before the VM was ready. */
type End =
  | { readonly why: 'ended'; readonly state: VmState }
  | { readonly why: 'late' }
  | { readonly why: 'aborted'; readonly cause: unknown };

const DEFAULT_TIMEOUT_MS = 60_000;
/** The longest time that a timer of the JavaScript engine takes. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const MARKER_STAGE = 'waiting for the marker';

/**
 * Resolves with the guest's address once its marker has arrived and all probes have succeeded while it stayed ready; at once when that
 * is so already. A guest that is reset or paused meanwhile is waited for again. Rejects at once, each time with stage, elapsed time, exit and the
 * last lines of console and log: when the VM has ended (`NOT_READY`), when the time is up (`TIMEOUT`), when the signal is aborted
 * (`ABORTED`), and with `UNSUPPORTED` for a probe that cannot be made at all. `TypeError` for a wrong `timeoutMs`.
 */
export async function waitReady(source: ReadySource, options: ReadyOptions = {}): Promise<{ readonly ip: string }> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, probes = [], signal } = options;
  if (!(timeoutMs >= 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
    throw new TypeError(`timeoutMs must be from 0 to ${MAX_TIMEOUT_MS}, got ${timeoutMs}`);
  }
  const since = performance.now();
  const over = new AbortController();
  const end = (reason: End): void => over.abort(reason);
  const watchEnd = (state: VmState): void => {
    if (isEnded(state)) end({ why: 'ended', state });
  };
  const forget = onAbort(signal, (cause) => end({ why: 'aborted', cause }));
  const unsubscribe = source.subscribe(watchEnd);
  watchEnd(source.current());
  const ready = source.current();
  let deadline: NodeJS.Timeout | undefined;
  const progress = { stage: MARKER_STAGE };
  try {
    if (ready.status === 'ready' && probes.length === 0 && !over.signal.aborted) return { ip: ready.ip };
    deadline = setTimeout(() => end({ why: 'late' }), timeoutMs);
    return { ip: await untilReady(source, probes, progress, over.signal) };
  } catch (error) {
    if (!over.signal.aborted) throw error;
    const reason: End = over.signal.reason;
    throw await failure(source, reason, progress.stage, performance.now() - since, timeoutMs);
  } finally {
    clearTimeout(deadline);
    unsubscribe();
    forget();
  }
}

async function untilReady(
  source: ReadySource,
  probes: readonly ReadinessProbe[],
  progress: { stage: string },
  over: AbortSignal,
): Promise<string> {
  for (;;) {
    progress.stage = MARKER_STAGE;
    const ip = await awaitReady(source, over);
    const target: ProbeTarget = {
      name: source.name,
      ip,
      ...(source.vsock === undefined ? {} : { vsock: source.vsock }),
    };
    const stayed = await whileReady(source, ip, over, (signal) =>
      runProbes(probes, target, signal, (stage) => {
        progress.stage = stage;
      }),
    );
    if (stayed) return ip;
  }
}

/** The evidence; without its log lines, and saying so, where they cannot be read: that must not hide why the wait is over. */
async function evidenceOf(source: ReadySource, stage: string, elapsedMs: number): Promise<Evidence> {
  try {
    return await source.evidence(stage, elapsedMs);
  } catch (error) {
    const state = source.current();
    const reason = error instanceof Error ? error.message : String(error);
    const exit = isEnded(state) ? state.exit : null;
    return { stage: `${stage} (logs cannot be read: ${reason})`, elapsedMs, exit, consoleTail: [], vmmLogTail: [] };
  }
}

async function failure(
  source: ReadySource,
  end: End,
  stage: string,
  elapsedMs: number,
  timeoutMs: number,
): Promise<VmError> {
  const vm = source.name;
  const paused = source.current().status === 'paused' ? `${stage}; it is paused` : stage;
  const evidence = await evidenceOf(source, paused, Math.round(elapsedMs));
  const words = evidence.consoleTail.at(-1);
  const tail = words === undefined ? '' : `; the console's last line: ${words}`;
  switch (end.why) {
    case 'ended': {
      const detail = `it ended while ${paused}, after ${evidence.elapsedMs} ms: ${formatState(end.state)}${tail}`;
      return new VmError('NOT_READY', { vm, detail, details: evidence });
    }
    case 'late': {
      const detail = `not ready within ${timeoutMs} ms, still ${paused}${tail}`;
      return new VmError('TIMEOUT', { vm, detail, details: { operation: 'ready', timeoutMs, evidence } });
    }
    case 'aborted': {
      const detail = `ready was given up while ${paused}, after ${evidence.elapsedMs} ms; the VM is left as it is`;
      return new VmError('ABORTED', { vm, detail, details: { operation: 'ready', evidence }, cause: end.cause });
    }
  }
}
