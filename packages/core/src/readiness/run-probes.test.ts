import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { VmError } from '../errors/index.ts';
import { exit, FakeVm, gateProbe, ready, refusal } from './fixtures/fake-vm.ts';
import type { ReadinessProbe } from './probes/probe.ts';
import { waitReady } from './wait-ready.ts';

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
