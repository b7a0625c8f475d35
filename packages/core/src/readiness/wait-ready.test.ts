import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isVmError, VmError } from '../errors/index.ts';
import type { VmExit, VmState } from '../state/index.ts';
import type { ReadinessProbe } from './probes/probe.ts';
import { type ReadySource, waitReady } from './wait-ready.ts';

const exit: VmExit = { how: 'crashed', code: 1, signal: null, at: '2026-01-01T00:00:00.000Z' };
const ready: VmState = { status: 'ready', ip: '10.0.0.1' };

/** A VM whose state the test sets. */
class FakeVm implements ReadySource {
  readonly name = 'web';
  readonly listeners = new Set<(state: VmState) => void>();
  #state: VmState;

  constructor(state: VmState) {
    this.#state = state;
    onTestFinished(() => expect(this.listeners.size).toBe(0));
  }

  current(): VmState {
    return this.#state;
  }

  to(state: VmState): void {
    this.#state = state;
    for (const listener of [...this.listeners]) listener(state);
  }

  subscribe(listener: (state: VmState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async evidence(stage: string, elapsedMs: number) {
    const state = this.#state;
    const known = state.status === 'failed' || state.status === 'stopped' ? state.exit : null;
    return { stage, elapsedMs, exit: known, consoleTail: ['starting', 'Kernel panic'], vmmLogTail: [] };
  }
}

/** A probe that passes when the test says so. */
function gateProbe(name: string) {
  let open = false;
  const signals: AbortSignal[] = [];
  const probe: ReadinessProbe = {
    name,
    async check(_, signal) {
      signals.push(signal);
      if (!open) throw new Error('connection refused');
    },
  };
  return {
    probe,
    signals,
    open: () => {
      open = true;
    },
  };
}

async function refusal(work: Promise<unknown>) {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isVmError(error)) throw new Error('it was not refused with a VmError', { cause: error });
  return error;
}

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

describe('waitReady with probes', () => {
  it('waits for all of them, side by side', async () => {
    const vm = new FakeVm(ready);
    const [a, b] = [gateProbe('a'), gateProbe('b')];
    let done = false;
    const waiting = waitReady(vm, { probes: [a.probe, b.probe] }).then(() => {
      done = true;
    });
    await sleep(30);
    expect(a.signals.length).toBeGreaterThan(0);
    expect(b.signals.length).toBeGreaterThan(0);
    a.open();
    await sleep(60);
    expect(done).toBe(false);
    b.open();
    await waiting;
  });

  it('does not begin them before the marker', async () => {
    const vm = new FakeVm({ status: 'running' });
    const { probe, signals, open } = gateProbe('a');
    open();
    const waiting = waitReady(vm, { probes: [probe] });
    await sleep(20);
    expect(signals).toEqual([]);
    vm.to(ready);
    await waiting;
  });

  it('puts them under the one deadline, and says which one failed and why', async () => {
    const { probe } = gateProbe('tcp:22');
    const passed = gateProbe('tcp:80');
    passed.open();
    const error = await refusal(waitReady(new FakeVm(ready), { probes: [probe, passed.probe], timeoutMs: 60 }));
    expect(error.code).toBe('TIMEOUT');
    expect(error.details).toMatchObject({ evidence: { stage: 'waiting for probe tcp:22: connection refused' } });
    expect(error.message).toContain('connection refused');
  });

  it('gives up a hanging probe when the time is up, and tells it so', async () => {
    let told: AbortSignal | undefined;
    const hanging: ReadinessProbe = {
      name: 'hanging',
      check: (_, signal) => {
        told = signal;
        return new Promise(() => {});
      },
    };
    expect((await refusal(waitReady(new FakeVm(ready), { probes: [hanging], timeoutMs: 20 }))).code).toBe('TIMEOUT');
    expect(told?.aborted).toBe(true);
  });

  it('rejects at once when the VM dies during them', async () => {
    const vm = new FakeVm(ready);
    const waiting = refusal(waitReady(vm, { probes: [gateProbe('tcp:22').probe] }));
    await sleep(20);
    vm.to({ status: 'failed', reason: 'crash', exit });
    const error = await waiting;
    expect(error.code).toBe('NOT_READY');
    expect(error.details).toMatchObject({ stage: expect.stringContaining('tcp:22') });
  });

  it('waits for the marker again when the guest is reset during them', async () => {
    const vm = new FakeVm(ready);
    const ips: string[] = [];
    let passes = false;
    const probe: ReadinessProbe = {
      name: 'gate',
      async check({ ip }) {
        ips.push(ip);
        if (!passes) throw new Error('not yet');
      },
    };
    const waiting = waitReady(vm, { probes: [probe] });
    await sleep(5);
    vm.to({ status: 'running' });
    await sleep(5);
    passes = true;
    const before = ips.length;
    await sleep(60);
    expect(ips.length).toBe(before);
    vm.to({ status: 'ready', ip: '10.0.0.2' });
    expect(await waiting).toEqual({ ip: '10.0.0.2' });
    expect(ips.at(-1)).toBe('10.0.0.2');
  });

  it('rejects at once for a probe that can never pass', async () => {
    const unsupported = new VmError('UNSUPPORTED', {
      detail: 'no vsock',
      details: { capabilities: ['vsock'], problems: [] },
    });
    const probe: ReadinessProbe = { name: 'vsock:1', check: () => Promise.reject(unsupported) };
    await expect(waitReady(new FakeVm(ready), { probes: [probe] })).rejects.toBe(unsupported);
  });
});
