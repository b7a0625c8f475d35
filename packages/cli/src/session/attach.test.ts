import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { typeInto } from './attach.ts';

class FakeKeyboard extends PassThrough {
  readonly modes: boolean[] = [];
  readonly isTTY = true;
  setRawMode(raw: boolean): void {
    this.modes.push(raw);
  }
}

const never = new AbortController().signal;

describe('the keyboard at a console', () => {
  it('goes to a guest that takes input, Ctrl-C too, until Ctrl-]', async () => {
    const keyboard = new FakeKeyboard();
    const guest = new PassThrough();
    const left = typeInto(keyboard, guest, never);
    keyboard.write('ls\r\u0003');
    keyboard.write('exit\u001d ignored');
    expect(await left).toBe('detached');
    expect(guest.read().toString()).toBe('ls\r\u0003exit');
    expect(keyboard.modes).toEqual([true, false]);
  });

  it('leaves by Ctrl-C as well where the guest takes none', async () => {
    const keyboard = new FakeKeyboard();
    const left = typeInto(keyboard, null, never);
    keyboard.write('typed\u0003');
    expect(await left).toBe('detached');
  });

  it('is let go of when the VM ends or the keyboard does, and is as before then', async () => {
    const keyboard = new FakeKeyboard();
    const over = new AbortController();
    const left = typeInto(keyboard, null, over.signal);
    over.abort();
    expect(await left).toBe('ended');
    expect(keyboard.modes).toEqual([true, false]);
    const closed = new FakeKeyboard();
    closed.end();
    expect(await typeInto(closed, null, never)).toBe('ended');
    expect(await typeInto(new FakeKeyboard(), null, over.signal)).toBe('ended');
  });
});
