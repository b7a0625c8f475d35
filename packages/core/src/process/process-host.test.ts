import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { VmError } from '../errors/index.ts';
import { type Ledger, openLedger } from '../resources/ledger.ts';
import { releaseAll } from '../resources/release.ts';
import { findByToken } from './find-by-token.ts';
import {
  firstLine,
  pidOf,
  procState,
  recordingLogger,
  scratchDir,
  sourceUrl,
  startNode,
  startSleeper,
  until,
} from './fixtures/processes.ts';
import { lookupProcess } from './identity.ts';
import { createProcessHost } from './process-host.ts';

const SLEEP = { role: 'vmm', file: '/bin/sleep', args: ['60'] };

async function place() {
  const top = scratchDir();
  const stateDir = join(top, 'state');
  mkdirSync(stateDir);
  const paths = {
    runtimeDir: top,
    stateDir,
    serialLog: join(stateDir, 'serial.log'),
    vmmLog: join(stateDir, 'vmm.log'),
  };
  const ledgerFile = join(stateDir, 'ledger.jsonl');
  const ledger = await openLedger(ledgerFile);
  const logger = recordingLogger();
  onTestFinished(async () => {
    await releaseAll(ledger, { guard: { roots: [] }, logger });
    await ledger.close();
  });
  return {
    paths,
    ledgerFile,
    ledger,
    logger,
    host: createProcessHost({ ledger, paths, logger, lifetime: 'detached', mark: 'test' }),
  };
}

describe('spawn', () => {
  it('has the process in the ledger, by token and identity, until it is gone', async () => {
    const { host, ledger } = await place();
    const vmm = await host.spawn(SLEEP);
    const [entry] = ledger.entries();
    expect(entry?.resource).toMatchObject({ kind: 'process', role: 'vmm', identity: vmm.identity });
    const { token, keeper } = entry?.resource.kind === 'process' ? entry.resource : { token: '', keeper: null };
    expect(await findByToken(token)).toEqual([keeper, vmm.identity]);
    expect(await vmm.signal('SIGTERM')).toBe('sent');
    expect(await vmm.exited).toEqual({ code: null, signal: 'SIGTERM', known: true });
    await until(() => ledger.entries().length === 0);
    expect(await vmm.signal('SIGTERM')).toBe('gone');
    await vmm.kill();
  });

  it.skipIf(process.platform !== 'linux')("starts it in the VM's folder, not in the controller's", async () => {
    const { host, paths } = await place();
    const { identity } = await host.spawn(SLEEP);
    expect(readlinkSync(`/proc/${identity.pid}/cwd`)).toBe(paths.stateDir);
  });

  it('has it in the ledger before it is started', async () => {
    const { host, ledger, ledgerFile, paths } = await place();
    const script = `grep -c '"op":"acquire"' ${ledgerFile}`;
    const probe = await host.spawn({ role: 'probe', file: '/bin/sh', args: ['-c', script] });
    await probe.exited;
    expect(readFileSync(join(paths.stateDir, 'probe.log'), 'utf8')).toBe('1\n');
    await until(() => ledger.entries().length === 0);
  });

  it('writes the output of the VMM to its log, and that of others beside it', async () => {
    const { host, paths } = await place();
    await (await host.spawn({ role: 'vmm', file: '/bin/echo', args: ['a'] })).exited;
    await (await host.spawn({ role: 'virtiofsd-0', file: '/bin/echo', args: ['b'] })).exited;
    await (await host.spawn({ role: 'other', file: '/bin/echo', args: ['c'], log: join(paths.stateDir, 'my.log') }))
      .exited;
    expect(readFileSync(paths.vmmLog, 'utf8')).toBe('a\n');
    expect(readFileSync(join(paths.stateDir, 'virtiofsd-0.log'), 'utf8')).toBe('b\n');
    expect(readFileSync(join(paths.stateDir, 'my.log'), 'utf8')).toBe('c\n');
    expect(existsSync(join(paths.stateDir, 'other.log'))).toBe(false);
  });

  it('writes stdout to the file that the command names, and stderr to the log', async () => {
    const { host, ledger, paths } = await place();
    const args = ['-c', 'echo a; echo b >&2'];
    await (await host.spawn({ role: 'vmm', file: '/bin/sh', args, stdout: paths.serialLog })).exited;
    expect(readFileSync(paths.serialLog, 'utf8')).toBe('a\n');
    expect(readFileSync(paths.vmmLog, 'utf8')).toBe('b\n');
    await until(() => ledger.entries().length === 0);
    await expect(host.spawn({ ...SLEEP, stdout: 'serial.log' })).rejects.toThrow(TypeError);
    const stdout = join(paths.stateDir, 'missing', 'serial.log');
    await expect(host.spawn({ ...SLEEP, stdout })).rejects.toMatchObject({ code: 'IO', details: { path: stdout } });
    expect(ledger.entries()).toEqual([]);
  });

  it.skipIf(!existsSync('/usr/bin/setsid'))(
    'keeps it in the ledger as long as anything of it lives, also outside of its process group, and ends that with the VM',
    async () => {
      const { host, ledger, logger } = await place();
      // As User-Mode Linux does: it leaves the group, and its helpers outlive it.
      const script = 'sleep 600 & kill -s KILL $$';
      const vmm = await host.spawn({ role: 'vmm', file: '/usr/bin/setsid', args: ['/bin/sh', '-c', script] });
      const [entry] = ledger.entries();
      const token = entry?.resource.kind === 'process' ? entry.resource.token : '';
      expect(await vmm.exited).toMatchObject({ signal: 'SIGKILL' });
      await until(async () => (await findByToken(token)).length === 1);
      await releaseAll(ledger, { guard: { roots: [] }, logger });
      expect(await findByToken(token)).toEqual([]);
      expect(ledger.entries()).toEqual([]);
    },
  );

  it('leaves nothing in the ledger when the program cannot be started', async () => {
    const { host, ledger } = await place();
    await expect(host.spawn({ ...SLEEP, file: '/nonexistent' })).rejects.toMatchObject({ code: 'HYPERVISOR' });
    await expect(host.spawn({ ...SLEEP, args: ['a\0b'] })).rejects.toThrow(TypeError);
    expect(ledger.entries()).toEqual([]);
  });

  it.each(['', '../x', 'a/b', 'a b'])('refuses the role %j, which names a file', async (role) => {
    const { host } = await place();
    await expect(host.spawn({ ...SLEEP, role })).rejects.toThrow(TypeError);
  });

  it('ends the process again when its identity cannot be written down', async () => {
    const { ledger, paths, logger } = await place();
    let started: number | undefined;
    const full: Ledger = {
      acquire: (resource) => ledger.acquire(resource),
      released: (entry) => ledger.released(entry),
      failed: (entry, error) => ledger.failed(entry, error),
      entries: () => ledger.entries(),
      close: () => ledger.close(),
      update: async (_, resource) => {
        started = resource.kind === 'process' ? resource.identity?.pid : undefined;
        throw new VmError('IO', { detail: 'disk full', details: {} });
      },
    };
    await expect(
      createProcessHost({ ledger: full, paths, logger, lifetime: 'detached', mark: 'test' }).spawn(SLEEP),
    ).rejects.toThrow('disk full');
    expect(started).toBeGreaterThan(1);
    expect(['', 'Z']).toContain(procState(started ?? 0));
    expect(ledger.entries()).toEqual([]);
  });
});

describe('attach', () => {
  it('takes a process back and ends its entry with it', async () => {
    const { host, ledger } = await place();
    const found = await lookupProcess(startSleeper({ detached: true }));
    if (found.status !== 'alive') throw new Error(found.status);
    const { identity } = found;
    const token = '0b9b1f4e-9d8a-4b43-8f5e-4c2f4d1a7c11';
    await ledger.acquire({ kind: 'process', role: 'vmm', token, identity, keeper: null });
    const vmm = await host.attach('vmm', identity, new Promise(() => undefined));
    expect(vmm).toMatchObject({ role: 'vmm', identity });
    await vmm.kill();
    expect(await vmm.exited).toEqual({ code: null, signal: null, known: false });
    await until(() => ledger.entries().length === 0);
  });

  it('refuses a process that is gone, or not the recorded one, or cannot be told', async () => {
    const { host } = await place();
    const found = await lookupProcess(startSleeper());
    if (found.status !== 'alive') throw new Error(found.status);
    const { identity } = found;
    const attach = (change: object) => host.attach('vmm', { ...identity, ...change }, Promise.resolve());
    await expect(attach({ bootId: 'before' })).rejects.toMatchObject({
      code: 'STALE_PROCESS',
      details: { found: null },
    });
    await expect(attach({ startTime: '1' })).rejects.toMatchObject({
      code: 'STALE_PROCESS',
      details: { found: identity },
    });
    await expect(attach({ pidNamespace: '1' })).rejects.toMatchObject({ code: 'IO' });
  });
});

describe('a controller that is killed while it starts a process', () => {
  /** Starts a controller whose ledger stops it at `update`, that is between the start of a process and the record of who it is. */
  const controllerCode = (directory: string, stopAt: 'acquire' | 'update') => `
    import { openLedger } from '${sourceUrl('resources/ledger.ts')}';
    import { createProcessHost } from '${sourceUrl('process/process-host.ts')}';
    const real = await openLedger('${directory}/ledger.jsonl');
    const ledger = {
      acquire: async (resource) => {
        const entry = await real.acquire(resource);
        if ('${stopAt}' === 'acquire') await stop();
        return entry;
      },
      update: () => stop(),
      released: (entry) => real.released(entry),
      entries: () => real.entries(),
    };
    function stop() { console.log('here'); return new Promise(() => setInterval(() => {}, 1000)); }
    const paths = { stateDir: '${directory}', runtimeDir: '${directory}', vmmLog: '${directory}/vmm.log' };
    const logger = { debug() {}, error() {} };
    await createProcessHost({ ledger, paths, logger, lifetime: 'detached', mark: 'test' }).spawn(${JSON.stringify(SLEEP)});`;

  it.each([
    ['acquire', 0],
    ['update', 2],
  ] as const)('after %s leaves %i processes, which the next controller ends by their token', async (stopAt, count) => {
    const directory = scratchDir();
    const controller = startNode(controllerCode(directory, stopAt));
    expect(await firstLine(controller)).toBe('here');
    process.kill(pidOf(controller), 'SIGKILL');
    await once(controller, 'exit');
    const ledger = await openLedger(join(directory, 'ledger.jsonl'));
    const [entry] = ledger.entries();
    if (entry?.resource.kind !== 'process') throw new Error('no process in the ledger');
    expect(entry.resource.identity).toBeNull();
    const left = await findByToken(entry.resource.token);
    expect(left).toHaveLength(count);
    expect(await releaseAll(ledger, { guard: { roots: [] }, logger: recordingLogger() })).toEqual([]);
    expect(ledger.entries()).toEqual([]);
    for (const { pid } of left) expect(['', 'Z']).toContain(procState(pid));
    await ledger.close();
  });
});
