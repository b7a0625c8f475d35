import { describe, expect, it, vi } from 'vitest';
import { ERROR_TEXT, formatProblems, isVmError, VmError } from './index.ts';

const notFound = () => new VmError('NOT_FOUND', { vm: 'web', detail: '', details: {} });

describe('VmError', () => {
  it('keeps the message forms of the reference', () => {
    expect(notFound().message).toBe("VM 'web' not found");
    const boot = { stage: 'boot', elapsedMs: 1, exit: null, consoleTail: [], vmmLogTail: [] };
    expect(new VmError('BOOT_FAILED', { vm: 'web', detail: 'no kernel', details: boot }).message).toBe(
      "boot failed for 'web': no kernel",
    );
    expect(new VmError('STOP_FAILED', { vm: 'web', detail: 'x', details: { rungs: [] } }).message).toBe(
      "failed to stop 'web': x",
    );
    expect(new VmError('STATE_FAILED', { vm: 'web', detail: 'x', details: {} }).message).toBe(
      "failed to query state for 'web': x",
    );
    expect(new VmError('HYPERVISOR', { detail: 'x', details: { operation: 'stop' } }).message).toBe(
      'hypervisor error: x',
    );
    expect(new VmError('IO', { detail: 'x', details: {} }).message).toBe('I/O error: x');
    expect(new VmError('INVALID_CONFIG', { detail: 'x', details: { problems: [] } }).message).toBe('invalid config: x');
  });

  it('says that no VM can be run when it is about none in particular', () => {
    const details = { problems: [] };
    expect(new VmError('PREFLIGHT_FAILED', { detail: 'x', details }).message).toBe('this host cannot run VMs: x');
    expect(new VmError('PREFLIGHT_FAILED', { vm: 'web', detail: 'x', details }).message).toBe(
      "this host cannot run 'web': x",
    );
  });

  it('has a text for every code, and each code one text', () => {
    const texts = Object.values(ERROR_TEXT).map((text) => text('web', 'detail'));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('keeps the cause', () => {
    const cause = new Error('EACCES');
    expect(new VmError('IO', { detail: 'x', details: {}, cause }).cause).toBe(cause);
    expect('cause' in notFound()).toBe(false);
  });

  it('is called AbortError when the caller aborted, as on the web, and the name is not enumerable', () => {
    const aborted = new VmError('ABORTED', { vm: 'web', detail: 'x', details: { operation: 'boot' } });
    expect(aborted.name).toBe('AbortError');
    expect(notFound().name).toBe('VmError');
    expect(Object.keys(notFound())).not.toContain('name');
  });

  it('is recognised across two copies of the module, where instanceof fails', async () => {
    vi.resetModules();
    const other = await import('./vm-error.ts');
    const foreign = new other.VmError('NOT_FOUND', { vm: 'web', detail: '', details: {} });
    expect(foreign instanceof VmError).toBe(false);
    expect(isVmError(foreign)).toBe(true);
    expect(isVmError(foreign, 'NOT_FOUND')).toBe(true);
    expect(isVmError(foreign, 'IO')).toBe(false);
    expect(isVmError(new Error('x'))).toBe(false);
    expect(isVmError({ code: 'NOT_FOUND' })).toBe(false);
  });
});

describe('formatProblems', () => {
  it('puts every problem with its path and fix in one line', () => {
    const text = formatProblems([
      { path: 'cpus', message: 'must be at least 1' },
      { path: '', message: 'no KVM', fix: 'join group kvm' },
    ]);
    expect(text).toBe('cpus: must be at least 1; no KVM (join group kvm)');
  });
});
