import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { EventHub } from './event-hub.ts';

async function take<T>(items: AsyncIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const { value, done } = await items.next();
    if (done === true) break;
    taken.push(value);
  }
  return taken;
}

describe('EventHub', () => {
  it('gives every reader the first items and then everything published since it subscribed', async () => {
    const hub = new EventHub<number>();
    const early = hub.subscribe([0]);
    hub.publish(1);
    const late = hub.subscribe([10]);
    hub.publish(2);
    expect(await take(early, 3)).toEqual([0, 1, 2]);
    expect(await take(late, 2)).toEqual([10, 2]);
  });

  it('drops the oldest for a slow reader and never waits for it', async () => {
    const hub = new EventHub<number>();
    const slow = hub.subscribe([], { capacity: 3 });
    const quick = hub.subscribe([], { capacity: 1000 });
    for (let i = 0; i < 500; i++) hub.publish(i);
    expect(await take(slow, 3)).toEqual([497, 498, 499]);
    expect((await take(quick, 500)).length).toBe(500);
  });

  it('ends after what was published has been read', async () => {
    const hub = new EventHub<number>();
    const reader = hub.subscribe([]);
    hub.publish(1);
    hub.close();
    hub.publish(2);
    expect(await take(reader, 9)).toEqual([1]);
    expect(await take(hub.subscribe([7]), 9)).toEqual([7]);
  });

  it('wakes a reader that waits, and forgets one that leaves its loop', async () => {
    const hub = new EventHub<number>();
    const seen: number[] = [];
    const loop = (async () => {
      for await (const item of hub.subscribe([])) {
        seen.push(item);
        if (item === 2) break;
      }
    })();
    expect(hub.size).toBe(1);
    hub.publish(1);
    hub.publish(2);
    await loop;
    hub.publish(3);
    expect(seen).toEqual([1, 2]);
    expect(hub.size).toBe(0);
  });

  it('ends when the signal is aborted and leaves no listener on it', async () => {
    const hub = new EventHub<number>();
    const caller = new AbortController();
    const left = hub.subscribe([], { signal: caller.signal });
    await left.return?.();
    expect(getEventListeners(caller.signal, 'abort').length).toBe(0);
    const waiting = hub.subscribe([], { signal: caller.signal }).next();
    caller.abort();
    expect(await waiting).toEqual({ value: undefined, done: true });
    expect(getEventListeners(caller.signal, 'abort').length).toBe(0);
    expect(hub.size).toBe(0);
  });
});
