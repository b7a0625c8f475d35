import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { exit, FakeVm, gateProbe, ready, refusal } from './fixtures/fake-vm.ts';
import { waitReady } from './wait-ready.ts';

describe('waitReady', () => {
  it('returns at once when it is ready already, with timeoutMs 0 too (MG6)', async () => {
    await expect(waitReady(new FakeVm(ready), { timeoutMs: 0 })).resolves.toEqual({ ip: '10.0.0.1' });
  });

  it('waits through starting, running and paused', async () => {
    const vm = new FakeVm({ status: 'starting' });
    const waiting = waitReady(vm, { timeoutMs: 5000 });
    for (const status of ['running', 'paused', 'running'] as const) {
      vm.to({ status });
      await sleep(5);
    }
    vm.to(ready);
    expect(await waiting).toEqual({ ip: '10.0.0.1' });
  });

  it.each([
    ['fails', { status: 'failed', reason: 'the VMM crashed', exit }, 'failed: the VMM crashed'],
    ['stops', { status: 'stopped', exit }, 'stopped'],
  ] as const)('rejects at once with the evidence when the VM %s', async (_, state, words) => {
    const vm = new FakeVm({ status: 'running' });
    const waiting = refusal(waitReady(vm));
    await sleep(20);
    vm.to(state);
    const error = await waiting;
    expect(error.code).toBe('NOT_READY');
    expect(error.message).toContain(words);
    expect(error.message).toContain('Kernel panic');
    expect(error.details).toMatchObject({
      stage: 'waiting for the marker',
      exit: { code: 1 },
      consoleTail: ['starting', 'Kernel panic'],
    });
    expect(error.details).toHaveProperty('elapsedMs', expect.closeTo(20, -2));
  });

  it('rejects at once when the VM has ended before', async () => {
    const vm = new FakeVm({ status: 'failed', reason: 'x', exit: null });
    expect((await refusal(waitReady(vm))).code).toBe('NOT_READY');
  });

  it.each([0, 30])('rejects with the evidence after %i ms', async (timeoutMs) => {
    const error = await refusal(waitReady(new FakeVm({ status: 'running' }), { timeoutMs }));
    expect(error.code).toBe('TIMEOUT');
    expect(error.message).toContain(`within ${timeoutMs} ms`);
    expect(error.details).toMatchObject({
      operation: 'ready',
      timeoutMs,
      evidence: { stage: 'waiting for the marker' },
    });
  });

  it('does not count a paused VM as ended, and says that it is paused', async () => {
    const error = await refusal(waitReady(new FakeVm({ status: 'paused' }), { timeoutMs: 20 }));
    expect(error.code).toBe('TIMEOUT');
    expect(error.message).toContain('paused');
  });

  it('rejects with the evidence and the reason when it is aborted', async () => {
    const controller = new AbortController();
    const waiting = refusal(waitReady(new FakeVm({ status: 'running' }), { signal: controller.signal }));
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    const error = await waiting;
    expect(error).toMatchObject({ code: 'ABORTED', name: 'AbortError', cause: reason });
    expect(error.details).toMatchObject({ operation: 'ready', evidence: { stage: 'waiting for the marker' } });
  });

  it('rejects at once for a signal that is aborted already, ready or not', async () => {
    expect((await refusal(waitReady(new FakeVm(ready), { signal: AbortSignal.abort() }))).code).toBe('ABORTED');
  });

  it.each(['ready', 'ended', 'late', 'aborted', 'misused'])(
    'leaves no listener on the signal when it was %s',
    async (outcome) => {
      const controller = new AbortController();
      const { signal } = controller;
      const vm = new FakeVm({ status: 'running' });
      const timeoutMs = { late: 10, misused: Number.NaN }[outcome] ?? 5000;
      const { probe, open } = gateProbe('gate');
      const waiting = waitReady(vm, { signal, timeoutMs, probes: [probe] }).catch(() => undefined);
      if (outcome !== 'misused') expect(getEventListeners(signal, 'abort').length).toBe(1);
      vm.to(ready);
      await sleep(5);
      if (outcome === 'ready') open();
      if (outcome === 'ended') vm.to({ status: 'stopped', exit });
      if (outcome === 'aborted') controller.abort();
      await waiting;
      expect(getEventListeners(signal, 'abort').length).toBe(0);
    },
  );

  it('is not kept from saying why it failed by logs that cannot be read', async () => {
    const vm = new FakeVm({ status: 'running' });
    vm.evidence = () => Promise.reject(new Error('EACCES'));
    const error = await refusal(waitReady(vm, { timeoutMs: 1 }));
    expect(error.code).toBe('TIMEOUT');
    expect(error.details).toMatchObject({ evidence: { stage: expect.stringContaining('EACCES') } });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])('refuses %d ms as misuse', async (timeoutMs) => {
    await expect(waitReady(new FakeVm(ready), { timeoutMs })).rejects.toThrow(TypeError);
  });
});
