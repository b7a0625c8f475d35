import { type Clock, errnoOf, onAbort, VmError, type VmProcess } from '@vmrs/core/driver';
import { ControlClient, type ControlOptions } from './control-client.ts';

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 50;

/**
 * Connects to the control socket of a VMM that was just started, as soon as it listens. Rejects at once with `HYPERVISOR` when
 * the VMM ends instead, and with the signal's reason.
 */
export async function connectWhenListening(
  path: string,
  vmm: VmProcess,
  clock: Clock,
  options: ControlOptions & { readonly signal: AbortSignal },
): Promise<ControlClient> {
  const giveUp = new AbortController();
  const forget = onAbort(options.signal, (reason) => giveUp.abort(reason));
  void vmm.exited.then(({ code, signal }) => giveUp.abort(endedEarly(code, signal)));
  try {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      giveUp.signal.throwIfAborted();
      try {
        return await ControlClient.connect(path, { ...options, signal: giveUp.signal });
      } catch (error) {
        const code = errnoOf(error);
        if (code !== 'ENOENT' && code !== 'ECONNREFUSED') throw error;
      }
      await clock.sleep(pauseMs, giveUp.signal);
    }
  } finally {
    forget();
  }
}

function endedEarly(code: number | null, signal: string | null): VmError<'HYPERVISOR'> {
  const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  return new VmError('HYPERVISOR', {
    driver: 'fake',
    detail: `the VMM ${how} before it opened its control socket; see its log`,
    details: { operation: 'start' },
  });
}
