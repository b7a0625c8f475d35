import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Bench, failure } from './fixtures/bench.ts';

describe('a manager', () => {
  it('lets go of living VMs when it is closed, and of the names', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const { vm, machine } = await bench.boot(vms);
    await vms.close();
    await vms.close();
    expect(machine.calls).toEqual(['detach']);
    for (const work of [() => vm.pause(), () => vm.stop(), () => vm.kill()])
      expect((await failure(work())).code).toBe('INVALID_STATE');
    await vm[Symbol.asyncDispose]();
    await expect(vms.boot({ name: 'x', kernel: bench.kernel })).rejects.toThrow(TypeError);
  });

  it('sets a damaged record aside and goes on with the other VMs', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open({ keep: 'always' });
    await (await bench.boot(vms, 'a')).vm.stop();
    await (await bench.boot(vms, 'b')).vm.stop();
    await writeFile(join(bench.root, 's', 'default', 'a', 'record.json'), '{ half a rec');
    const list = await vms.list();
    expect(list.find(({ name }) => name === 'a')).toMatchObject({
      state: { status: 'failed' },
      problem: expect.stringContaining('damaged'),
    });
    expect(list.find(({ name }) => name === 'b')).toMatchObject({ state: { status: 'stopped' } });
    expect(await bench.files()).toContain('record.json.corrupt-1');
    await (await bench.boot(vms, 'a')).vm.kill();
  });

  it('tells the events of all its VMs, the present state of each first', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    await bench.boot(vms, 'a');
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of vms.events())
        if (event.type === 'state') seen.push(`${event.vm.name} ${event.state.status}`);
    })();
    const { vm } = await bench.boot(vms, 'b');
    await vm.kill();
    await vms.close();
    await watching;
    expect(seen).toEqual(['a running', 'b starting', 'b running', 'b stopping', 'b stopped']);
  });
});
