import { rename, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../util/clock.ts';
import { Bench, failure } from '../fixtures/bench.ts';
import { greetOwner, SilentOwner } from './greet-owner.ts';
import { OwnerCalls } from './owner-calls.ts';
import type { ClientMessage } from './protocol.ts';
import { silentOwner } from './remote-errors.ts';

/** Who says `says` to everybody and nothing else. */
async function listen(path: string, says: string): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {}).write(says));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server.unref();
}

describe('reaching the holder of a VM', () => {
  it('gives up on one that says nothing, and names the versions of one of another version', async () => {
    await using bench = await Bench.create();
    const silent = join(bench.root, 'silent');
    await listen(silent, '');
    await expect(greetOwner(silent, 'web', 20, undefined)).rejects.toThrow(SilentOwner);
    const newer = join(bench.root, 'newer');
    await listen(newer, '{"refused":{"protocol":8,"pid":77}}\n');
    const error = await failure(greetOwner(newer, 'web', 1_000, undefined));
    expect(error.code).toBe('UNSUPPORTED');
    expect(error.message).toMatch(/process 77 .* version 8 .* version 1/);
    const strange = join(bench.root, 'strange');
    await listen(strange, 'HTTP/1.1 400 Bad Request\n');
    await expect(greetOwner(strange, 'web', 1_000, undefined)).rejects.toThrow('no message');
    await expect(greetOwner(join(bench.root, 'nobody'), 'web', 1_000, undefined)).rejects.toThrow('ENOENT');
    await expect(greetOwner(silent, 'web', 60_000, AbortSignal.timeout(10))).rejects.toThrow('aborted');
  });

  it('waits for one that is only about to listen, or to let go', async () => {
    await using bench = await Bench.create();
    const holder = await bench.open();
    const { vm, machine } = await bench.boot(holder);
    // As if it did not listen yet.
    const path = join(machine.context.paths.runtimeDir, 'owner');
    await rename(path, join(bench.root, 'aside'));
    const getting = (await bench.open()).get('web');
    setTimeout(() => void rename(join(bench.root, 'aside'), path), 50);
    expect((await getting).instanceId).toBe(vm.instanceId);
    await rename(path, join(bench.root, 'aside'));
    const late = failure((await bench.open()).get('web'));
    setTimeout(() => void vm.kill(), 50);
    expect((await late).code).toBe('NOT_FOUND');
  });

  it('gives up on a living one that does not listen, in bounded time, and names it', async () => {
    await using bench = await Bench.create();
    const { machine } = await bench.boot(await bench.open());
    await rm(join(machine.context.paths.runtimeDir, 'owner'));
    let skipped = 0;
    // Each look takes a second by this clock.
    const elapsed = (): number => {
      skipped += 1_000;
      return systemClock.elapsed() + skipped;
    };
    const clock = { ...systemClock, elapsed };
    const error = await failure((await bench.open({ clock })).get('web'));
    expect(error).toMatchObject({ code: 'TIMEOUT', details: { operation: 'get', timeoutMs: 5_000 } });
    expect(error.message).toContain(`process ${process.pid} holds 'web'`);
    const signal = AbortSignal.timeout(30);
    expect((await failure((await bench.open()).get('web', { signal }))).code).toBe('ABORTED');
    expect(machine.calls).toEqual([]);
  });
});

describe('a call', () => {
  it('fails when its holder falls silent, and not as long as it gives signs of life', async () => {
    const sent: ClientMessage[] = [];
    const calls = new OwnerCalls({
      send: (message) => {
        sent.push(message);
        if ('ping' in message && sent.length < 5) calls.heard();
      },
      silent: (call) => silentOwner('web', call.do, 7, 10),
      answerMs: 10,
    });
    const error = await failure(calls.make({ do: 'kill' }, undefined));
    expect(error).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('kill -CONT 7') });
    expect(sent.filter((message) => 'ping' in message).length).toBe(4);
  });
});
