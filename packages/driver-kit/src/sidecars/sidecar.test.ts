import { deferred, type VmProcess } from '@vmrs/core/driver';
import { describe, expect, it } from 'vitest';
import { type Sidecar, startAll } from './sidecar.ts';

function sidecar(serves: string, killed: string[]): Sidecar {
  const identity = { pid: 1, startTime: '0', bootId: '', pidNamespace: '' } as unknown as VmProcess['identity'];
  const process: VmProcess = {
    role: serves,
    identity,
    exited: new Promise(() => undefined),
    signal: async () => 'sent',
    kill: async () => void killed.push(serves),
    release: () => undefined,
  };
  return { process, serves };
}

describe('startAll', () => {
  it('gives all helpers in their order, however long each takes', async () => {
    const slow = deferred<Sidecar>();
    const starting = startAll([() => slow.promise, async () => sidecar('two', [])], context());
    slow.resolve(sidecar('one', []));
    expect((await starting).map(({ serves }) => serves)).toEqual(['one', 'two']);
  });

  it('gives up on the others when one fails, ends those that had started, and throws the first failure', async () => {
    const killed: string[] = [];
    const waits = ({ signal }: { readonly signal: AbortSignal }): Promise<Sidecar> =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    const starting = startAll(
      [async () => sidecar('one', killed), waits, () => Promise.reject(new Error('two died'))],
      context(),
    );
    await expect(starting).rejects.toThrow('two died');
    expect(killed).toEqual(['one']);
  });
});

function context(): { readonly signal: AbortSignal } {
  return { signal: new AbortController().signal };
}
