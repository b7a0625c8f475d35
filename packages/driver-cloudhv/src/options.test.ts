import { describe, expect, it } from 'vitest';
import { optionsOf, resolveOptions } from './options.ts';
import { vmOptionProblems } from './vm-options.ts';

describe('resolveOptions', () => {
  it('fills in defaults', () => {
    expect(resolveOptions()).toMatchObject({
      binary: null,
      virtiofsdSandbox: 'namespace',
      startTimeoutMs: 30_000,
      vm: {},
    });
  });

  it('refuses what makes no sense, all of it at once', () => {
    const wrong = { startTimeoutMs: -1, bakingFiles: 'x', vm: { maxCpus: 0 } } as object;
    expect(() => resolveOptions(wrong)).toThrow(TypeError);
    expect(() => resolveOptions(wrong)).toThrow(
      /bakingFiles[\s\S]*startTimeoutMs[\s\S]*maxCpus|startTimeoutMs[\s\S]*maxCpus[\s\S]*bakingFiles/,
    );
  });
});

describe('optionsOf', () => {
  it("takes the VM's own before the driver's before the defaults", () => {
    const driver = resolveOptions({ vm: { thp: false, logLevel: 'debug' } });
    expect(optionsOf({ driverOptions: { logLevel: 'trace' } }, driver)).toMatchObject({
      thp: false,
      logLevel: 'trace',
      seccomp: 'on',
    });
  });
});

describe('vmOptionProblems', () => {
  it('names every option that is unknown or wrong by its path', () => {
    const problems = vmOptionProblems({
      hugePages: true,
      maxCpus: 'two',
      firmware: 'fw.fd',
      balloon: { sizeMB: 1 },
      cpuAffinity: [{ cpu: 0, hostCpus: [] }],
    });
    expect(problems.map(({ path }) => path).sort()).toEqual([
      'driverOptions.balloon.sizeMB',
      'driverOptions.cpuAffinity.0.hostCpus',
      'driverOptions.firmware',
      'driverOptions.hugePages',
      'driverOptions.maxCpus',
    ]);
  });

  it('has nothing against none', () => {
    expect(vmOptionProblems({})).toEqual([]);
  });
});
