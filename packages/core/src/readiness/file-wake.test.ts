import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileWake, type Glance } from './file-wake.ts';

/** Stands in for the system's file events, so that the test decides when they come. */
class FakeWatcher extends EventEmitter {
  closed = false;
  close(): void {
    this.closed = true;
  }
}

const SAME: Glance = { fresh: false, file: 'same' };
const FRESH: Glance = { fresh: true, file: 'same' };

function setUp(glance: Glance = SAME, fails: (target: string) => string | null = () => null) {
  const watchers: { target: string; watcher: FakeWatcher }[] = [];
  const look = vi.fn((): Glance => glance);
  const onProblem = vi.fn();
  const wake = new FileWake({
    path: '/logs/serial.log',
    look,
    onProblem,
    elapsed: () => Date.now(),
    keepAlive: false,
    watch: ((target: string) => {
      const code = fails(target);
      if (code !== null) throw Object.assign(new Error(code), { code });
      const watcher = new FakeWatcher();
      watchers.push({ target, watcher });
      return watcher;
    }) as never,
  });
  const open = () => watchers.filter(({ watcher }) => !watcher.closed);
  const emit = (event = 'change', name = 'serial.log') => {
    for (const { watcher } of open()) watcher.emit('change', event, name);
  };
  return { wake, look, onProblem, watchers, open, emit };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('FileWake', () => {
  it('looks at each event of a quiet file, and never in between', () => {
    const { wake, look, emit } = setUp();
    wake.start();
    expect(look).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(3_600_000);
    expect(look).toHaveBeenCalledTimes(1);
    emit();
    vi.advanceTimersByTime(50);
    emit();
    expect(look).toHaveBeenCalledTimes(3);
  });

  it('reads every 10 ms after two events within 10 ms, until five readings found nothing', () => {
    const { wake, look, emit, open } = setUp();
    wake.start();
    emit();
    vi.advanceTimersByTime(5);
    emit();
    expect(open()).toEqual([]);
    look.mockReturnValue(FRESH);
    vi.advanceTimersByTime(1000);
    expect(look).toHaveBeenCalledTimes(3 + 100);
    look.mockReturnValue(SAME);
    vi.advanceTimersByTime(50);
    expect(open().length).toBe(1);
    const looks = look.mock.calls.length;
    vi.advanceTimersByTime(60_000);
    expect(look).toHaveBeenCalledTimes(looks);
  });

  it('looks at most every 200 ms at a chatty file once it is not eager any more', () => {
    const { wake, look, emit } = setUp();
    wake.start();
    wake.eager = false;
    look.mockClear();
    for (let ms = 0; ms < 2000; ms++) {
      emit();
      vi.advanceTimersByTime(1);
    }
    expect(look.mock.calls.length).toBeLessThanOrEqual(10);
    expect(look.mock.calls.length).toBeGreaterThanOrEqual(9);
  });

  it('waits in the folder for a missing file, heeding only its name', () => {
    let missing = true;
    const { wake, look, emit, open } = setUp({ fresh: false, file: 'missing' }, (target) =>
      missing && target === '/logs/serial.log' ? 'ENOENT' : null,
    );
    wake.start();
    expect(open().map(({ target }) => target)).toEqual(['/logs']);
    emit('rename', 'other.log');
    expect(look).toHaveBeenCalledTimes(1);
    missing = false;
    look.mockReturnValueOnce({ fresh: true, file: 'other' }).mockReturnValue(SAME);
    emit('rename');
    expect(open().map(({ target }) => target)).toEqual(['/logs/serial.log']);
  });

  it('does not chase for ever a file that is replaced all the time', () => {
    const { wake, look } = setUp({ fresh: true, file: 'other' });
    wake.start();
    expect(look.mock.calls.length).toBeLessThan(20);
    look.mockReturnValue(SAME);
    vi.advanceTimersByTime(200);
    const looks = look.mock.calls.length;
    vi.advanceTimersByTime(60_000);
    expect(look).toHaveBeenCalledTimes(looks);
  });

  it('polls where there are no file events left, and says so once', () => {
    const { wake, look, onProblem } = setUp(SAME, () => 'ENOSPC');
    wake.start();
    vi.advanceTimersByTime(2000);
    expect(onProblem).toHaveBeenCalledTimes(1);
    expect(look).toHaveBeenCalledTimes(1 + 10);
    wake.eager = false;
    look.mockClear();
    vi.advanceTimersByTime(20_000);
    expect(look.mock.calls.length).toBeLessThanOrEqual(11);
  });

  it('polls after the watch has failed', () => {
    const { wake, look, onProblem, open } = setUp();
    wake.start();
    open()[0]?.watcher.emit('error', new Error('gone'));
    vi.advanceTimersByTime(1000);
    expect(onProblem).toHaveBeenCalledTimes(1);
    expect(look.mock.calls.length).toBeGreaterThan(4);
  });

  it('leaves neither a watch nor a timer when it is closed', () => {
    const { wake, look, emit, open } = setUp();
    wake.start();
    emit();
    emit();
    wake.close();
    look.mockClear();
    expect(open()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
