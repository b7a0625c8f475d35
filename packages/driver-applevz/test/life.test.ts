import { once } from 'node:events';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { appleVz } from '../src/index.ts';
import { failure } from './fixtures/bench.ts';
import { onMac } from './fixtures/on-mac.ts';

describe('an end of the VM', () => {
  onMac('by the guest itself is no failure', {}, async (bench) => {
    const vm = await bench.boot({}, ['poweroff-after-ready']);
    await vm.exit;
    expect(vm.state).toMatchObject({ status: 'stopped', exit: { how: 'guest', code: 0 } });
    expect(await bench.left()).toEqual([]);
  });

  onMac('by SIGTERM from outside is a failure', {}, async (bench) => {
    const vm = await bench.boot();
    await vm.ready();
    process.kill(vm.process?.pid ?? 0, 'SIGTERM');
    await vm.exit;
    expect(vm.state).toMatchObject({ status: 'failed', exit: { how: 'crashed', signal: 'SIGTERM' } });
    expect(await bench.left()).toEqual([]);
  });

  onMac('by the framework is a failure with its words', { faults: { crashAfterMs: 50 } }, async (bench) => {
    const vm = await bench.boot();
    await vm.exit;
    expect(vm.state).toMatchObject({ status: 'failed', exit: { how: 'crashed', code: 1 } });
    expect(JSON.stringify(vm.state)).toContain('VZErrorDomain 1');
    expect(await bench.left()).toEqual([]);
  });

  onMac('by a panic is a failure with the words of the kernel', {}, async (bench) => {
    const vm = await bench.boot({}, ['panic-after-ready']);
    await vm.exit;
    expect(vm.state).toMatchObject({ status: 'failed', exit: { how: 'panicked', code: 3 } });
    expect(JSON.stringify(vm.state)).toContain('Kernel panic');
    expect(await bench.left()).toEqual([]);
  });
});

describe('a start', () => {
  onMac('that the framework refuses tells domain, code and words, and leaves nothing', {}, async (bench) => {
    const machineId = Buffer.from('no machine').toString('base64');
    const error = await failure(bench.boot({ machineId }));
    expect(error).toMatchObject({ code: 'BOOT_FAILED', vm: 'web', cause: { code: 'HYPERVISOR' } });
    expect(String(error)).toMatch(/machine identifier/i);
    expect(String(error)).toMatch(/\(?applevz \d|VZErrorDomain \d/);
    expect(await bench.left()).toEqual([]);
  });

  onMac(
    'that the framework fails tells domain, code and words, and leaves nothing',
    { faults: { fails: { start: 'no more memory on this Mac' } } },
    async (bench) => {
      const error = await failure(bench.boot());
      expect(error).toMatchObject({ code: 'BOOT_FAILED' });
      expect(String(error)).toContain('no more memory on this Mac');
      expect(String(error)).toContain('VZErrorDomain 1');
      expect(await bench.left()).toEqual([]);
    },
  );

  onMac(
    'that never comes to an end is given up after its time, and its VM is not left to start later',
    { faults: { neverCompletes: ['start'] } },
    async (bench) => {
      const vms = await bench.open({ startTimeoutMs: 1_000 });
      const error = await failure(vms.boot(bench.config()));
      expect(error).toMatchObject({ code: 'BOOT_FAILED' });
      expect(String(error)).toContain('within 1000 ms');
      expect(await bench.left()).toEqual([]);
    },
  );

  onMac(
    'in which the framework raises an exception fails, and the host lives to tell',
    { faults: { raisesIn: ['start'] } },
    async (bench) => {
      expect(String(await failure(bench.boot()))).toMatch(/exception/i);
      expect(await bench.left()).toEqual([]);
    },
  );

  onMac(
    'without the entitlement is refused when the manager opens, and says what to do',
    { entitlements: [] },
    async (bench) => {
      const error = await failure(bench.open());
      expect(error).toMatchObject({ code: 'NO_DRIVER' });
      expect(String(error)).toMatch(/lacks the entitlement com\.apple\.security\.virtualization/);
      expect(String(error)).toMatch(/codesign/);
    },
  );

  onMac('on hardware that runs no VMs is refused when the manager opens', { supported: false }, async (bench) => {
    expect(String(await failure(bench.open()))).toMatch(/this Mac cannot run VMs/);
  });
});

describe('a stop', () => {
  onMac('of a guest that ignores its button goes on to the hard stop, and says so', {}, async (bench) => {
    const vm = await bench.boot({}, ['ignore-power-button']);
    await vm.ready();
    const { how, rungs } = await vm.stop({ graceMs: 100 });
    expect(how).toBe('terminated');
    expect(rungs.map(({ rung, outcome }) => [rung, outcome])).toEqual([
      ['power-button', 'timed-out'],
      ['terminate', 'worked'],
    ]);
    expect(await bench.left()).toEqual([]);
  });

  onMac('that races with the power-off of the guest succeeds', { faults: { stopRaces: true } }, async (bench) => {
    const vm = await bench.boot({}, ['ignore-power-button']);
    await vm.ready();
    expect(await vm.stop({ graceMs: 0 })).toMatchObject({ problems: [] });
    expect(await bench.left()).toEqual([]);
  });

  onMac(
    'of a machine whose hard stop never answers ends in a signal to its host',
    { faults: { neverCompletes: ['stop'], ignoresRequestStop: true } },
    async (bench) => {
      const vm = await bench.boot();
      await vm.ready();
      const { how } = await vm.stop({ graceMs: 50, terminateMs: 100, sigtermMs: 500 });
      expect(['sigterm', 'sigkill']).toContain(how);
      expect(await bench.left()).toEqual([]);
    },
  );
});

describe('a machine in this process', () => {
  onMac('lives and ends as one in a host does, and is known by no process', {}, async (bench) => {
    const vms = await bench.open({ mode: 'inProcess' });
    const vm = await vms.boot(bench.config({ vsock: true }), { lifetime: 'attached' });
    expect(vm.process).toBeNull();
    await vm.ready();
    await vm.pause();
    await vm.resume();
    const stream = await vm.vsock(7);
    stream.write('hello');
    const [echo] = (await stream.take(1).toArray()) as Buffer[];
    expect(echo?.toString()).toBe('hello');
    stream.destroy();
    expect(await vm.stop({ graceMs: 5_000 })).toMatchObject({ how: 'guest' });
    expect(await bench.left()).toEqual([]);
  });

  onMac('that outlives this process there cannot be', {}, async (bench) => {
    const vms = await bench.open({ mode: 'inProcess' });
    const error = await failure(vms.boot(bench.config()));
    expect(error).toMatchObject({ code: 'UNSUPPORTED' });
    expect(String(error)).toContain("lifetime 'attached'");
    expect(await bench.left()).toEqual([]);
  });

  onMac('is killed at once, whatever it does', { faults: { neverCompletes: ['stop'] } }, async (bench) => {
    const vms = await bench.open({ mode: 'inProcess' });
    const vm = await vms.boot(bench.config(), { lifetime: 'attached' });
    await vm.ready();
    await vm.kill();
    expect(vm.state).toMatchObject({ status: 'stopped', exit: { how: 'sigkill' } });
  });

  onMac('that the framework ends tells why', { faults: { crashAfterMs: 50 } }, async (bench) => {
    const vms = await bench.open({ mode: 'inProcess' });
    const vm = await vms.boot(bench.config(), { lifetime: 'attached' });
    await vm.exit;
    expect(vm.state).toMatchObject({ status: 'failed', exit: { how: 'crashed' } });
    expect(JSON.stringify(vm.state)).toContain('VZErrorDomain 1');
  });

  onMac('ends with its manager', {}, async (bench) => {
    const vms = await bench.open({ mode: 'inProcess' });
    const vm = await vms.boot(bench.config(), { lifetime: 'attached' });
    await vm.ready();
    await vms.close();
    expect(vm.state.status).toBe('stopped');
  });
});

describe('the identity of a machine', () => {
  onMac('is new where none is given, and the same where it is', {}, async (bench) => {
    const vms = await bench.open();
    const first = await vms.boot(bench.config({ networks: [{ type: 'nat' }] }));
    const { machineId, macs, state, host } = await appleVz(first).info();
    expect(state).toBe('running');
    expect(host.pid).toBe(first.process?.pid);
    await first.kill();
    const again = await vms.boot(bench.config({ networks: [{ type: 'nat' }], machineId: machineId ?? '' }));
    expect(await appleVz(again).info()).toMatchObject({ machineId, macs });
    await again.kill();
    const other = await vms.boot(bench.config());
    expect((await appleVz(other).info()).machineId).not.toBe(machineId);
  });

  onMac('belongs to one running VM: a second one is refused', {}, async (bench) => {
    const vms = await bench.open();
    const first = await vms.boot(bench.config());
    const { machineId } = await appleVz(first).info();
    const error = await failure(vms.boot(bench.config({ name: 'twin', machineId: machineId ?? '' })));
    expect(error).toMatchObject({ code: 'BOOT_FAILED', vm: 'twin' });
  });
});

describe('a boot through UEFI', () => {
  onMac('makes a variable store once and keeps it', {}, async (bench) => {
    const rootDisk = join(bench.root, 'root.img');
    await writeFile(rootDisk, Buffer.alloc(1 << 20));
    const efiVariableStore = join(bench.root, 'nvram');
    const vms = await bench.open();
    const config = { name: 'web', rootDisk, efiVariableStore };
    await (await vms.boot(config)).kill();
    const { ino, mtimeMs } = await stat(efiVariableStore);
    await (await vms.boot(config)).kill();
    expect(await stat(efiVariableStore)).toMatchObject({ ino, mtimeMs });
  });
});

describe('what this Mac cannot do', () => {
  onMac(
    'is refused before anything happens, all of it at once',
    { arch: 'x64', osVersion: '15.0.0' },
    async (bench) => {
      const vms = await bench.open();
      const error = await failure(
        vms.boot({
          ...bench.config(),
          cpus: 64,
          rosetta: true,
          networks: [{ type: 'nat' }],
          sharedDirs: [{ hostPath: bench.root, tag: 'x'.repeat(36) }],
          driverOptions: { nestedVirtualization: true, uplink: 'vmnet-shared', colour: 'red' },
        }),
      );
      expect(error).toMatchObject({ code: 'INVALID_CONFIG' });
      const paths = ['cpus', 'rosetta', 'sharedDirs[0].tag', 'driverOptions.colour'];
      for (const path of paths) expect(String(error)).toContain(path);
      expect(await bench.left()).toEqual([]);
    },
  );

  onMac('taps, namespaces and port forwards are typed refusals', {}, async (bench) => {
    const vms = await bench.open();
    for (const given of [
      { networks: [{ type: 'tap', name: 'tap0' }] },
      { netns: 'blue' },
      { networks: [{ type: 'nat', ports: [{ hostPort: 0, guestPort: 22 }] }] },
    ] as const) {
      expect(await failure(vms.boot(bench.config(given)))).toMatchObject({ code: 'UNSUPPORTED' });
    }
    expect(await bench.left()).toEqual([]);
  });

  onMac('saving is refused, typed, with the reason', { arch: 'x64' }, async (bench) => {
    const vm = await bench.boot();
    await vm.ready();
    await vm.pause();
    const error = await failure(vm.snapshot(join(bench.root, 'snapshot')));
    expect(error).toMatchObject({ code: 'SNAPSHOT_FAILED', cause: { code: 'UNSUPPORTED' } });
    expect(vm.state.status).toBe('paused');
  });
});

describe('a snapshot', () => {
  onMac('goes on in the same machine, with its addresses, and in no other configuration', {}, async (bench) => {
    const vms = await bench.open();
    const given = { networks: [{ type: 'nat' }], vsock: true } as const;
    const vm = await vms.boot(bench.config(given));
    await vm.ready();
    const before = await appleVz(vm).info();
    await vm.pause();
    const directory = join(bench.root, 'snapshot');
    await vm.snapshot(directory);
    await vm.kill();
    const error = await failure(vms.restore(directory, { driverOptions: { nestedVirtualization: true } }));
    expect(error).toMatchObject({ code: 'SNAPSHOT_FAILED' });
    expect(String(error)).toMatch(/nestedVirtualization: was false/);
    const restored = await vms.restore(directory);
    expect(restored.state.status).toBe('paused');
    expect(await appleVz(restored).info()).toMatchObject({
      state: 'paused',
      machineId: before.machineId,
      macs: before.macs,
    });
    await restored.resume();
    expect(restored.state.status).toBe('ready');
  });

  onMac('that the framework cannot restore says so, and leaves nothing', {}, async (bench) => {
    const vms = await bench.open();
    const vm = await vms.boot(bench.config());
    await vm.ready();
    await vm.pause();
    const directory = join(bench.root, 'snapshot');
    await vm.snapshot(directory);
    await vm.kill();
    process.env['VMRS_APPLEVZ_FAKE_FAULTS'] = 'fail-restore=invalid argument';
    try {
      const error = await failure(vms.restore(directory));
      expect(error).toMatchObject({ code: 'SNAPSHOT_FAILED' });
      expect(String(error)).toContain('invalid argument');
    } finally {
      delete process.env['VMRS_APPLEVZ_FAKE_FAULTS'];
    }
    expect(await bench.left()).toEqual([]);
  });
});

describe('an operation', () => {
  onMac('sets the target of the balloon, within the memory of the VM', {}, async (bench) => {
    const vm = await bench.boot();
    await appleVz(vm).setMemoryTarget({ memoryMb: 128 });
    const error = await failure(appleVz(vm).setMemoryTarget({ memoryMb: 1024 }));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG' });
  });

  onMac('lets the guest connect to a unix socket, and to none without vsock', {}, async (bench) => {
    const vms = await bench.open();
    const vm = await vms.boot(bench.config({ vsock: true }));
    const { path } = await appleVz(vm).listenVsock({ port: 1024 });
    expect(path).toMatch(/vsock\.sock_1024$/);
    await vm.ready();
    const server = createServer((socket) => socket.end('hello guest'));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const called = once(server, 'connection');
    // The scripted guest calls the host at the port that it is told here.
    const caller = await vm.vsock(8);
    caller.write('1024\n');
    await called;
    caller.destroy();
    server.close();
    await appleVz(vm).unlistenVsock({ port: 1024 });
    await vm.kill();
    const plain = await vms.boot(bench.config({ name: 'plain' }));
    expect(await failure(appleVz(plain).listenVsock({ port: 1024 }))).toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('the console', () => {
  onMac('is appended to what is there', {}, async (bench) => {
    await mkdir(join(bench.root, 'logs'));
    const serialLog = join(bench.root, 'logs', 'mine.log');
    await writeFile(serialLog, 'kept for years\nVMRS_READY 10.9.9.9\n');
    const vm = await bench.boot({ serialLog });
    const { ip } = await vm.ready();
    expect(ip).not.toBe('10.9.9.9');
    await vm.stop();
    expect(await readFile(serialLog, 'utf8')).toMatch(/^kept for years\n/);
  });
});
