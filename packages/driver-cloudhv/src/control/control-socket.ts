import { join } from 'node:path';
import type { Clock } from '@vmrs/core/driver';
import { connectOnce, connectWhenListening } from '@vmrs/driver-kit';
import { ApiClient } from './api-client.ts';

/** Name of the API's socket in the runtime folder. */
export const API_SOCKET = 'api.sock';

/** Waits until a VMM that was just started listens and answers; `signal` ends the wait. Throws `HYPERVISOR`, or the signal's reason. */
export async function openApi(runtimeDir: string, clock: Clock, signal: AbortSignal): Promise<ApiClient> {
  const path = join(runtimeDir, API_SOCKET);
  // That it can be connected to does not mean yet that it answers.
  (await connectWhenListening(path, signal)).destroy();
  const api = new ApiClient(path, clock);
  try {
    await api.ping({ signal, deadlineMs: null });
    return api;
  } catch (error) {
    api.close();
    throw error;
  }
}

/** An idle connection to the API: it ends with the VMM. */
export interface Lifeline {
  readonly ended: Promise<void>;
  close(): void;
}

/** Connects to a VMM that runs. Throws the system's error. */
export async function holdLifeline(runtimeDir: string, signal: AbortSignal): Promise<Lifeline> {
  const socket = await connectOnce(join(runtimeDir, API_SOCKET), signal);
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  // Whatever ends it, it has ended.
  socket.on('error', () => socket.destroy());
  socket.resume();
  socket.unref();
  return { ended, close: () => socket.destroy() };
}
