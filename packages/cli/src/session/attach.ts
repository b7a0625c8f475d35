import type { Writable } from 'node:stream';

/** Ctrl-]: what leaves a console, as in telnet and virsh. */
const DETACH = 0x1d;
/** Ctrl-C, which a terminal in raw mode hands over like any other key. */
const INTERRUPT = 0x03;

/** A keyboard. */
export interface Keyboard extends AsyncIterable<Uint8Array> {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

/**
 * Reads the keyboard until Ctrl-], and hands everything else to `guest`; resolves with how it was left. Without a `guest` that takes input, Ctrl-C leaves as well, and all
 * else goes nowhere. The terminal is as before afterwards.
 */
export async function typeInto(
  keyboard: Keyboard,
  guest: Writable | null,
  signal: AbortSignal,
): Promise<'detached' | 'ended'> {
  keyboard.setRawMode?.(true);
  try {
    const keys = keyboard[Symbol.asyncIterator]();
    const over = new Promise<null>((resolve) => {
      if (signal.aborted) resolve(null);
      signal.addEventListener('abort', () => resolve(null), { once: true });
    });
    for (;;) {
      const next = await Promise.race([keys.next(), over]);
      if (next === null || next.done === true) return 'ended';
      const leave = next.value.findIndex((key) => key === DETACH || (guest === null && key === INTERRUPT));
      const typed = leave === -1 ? next.value : next.value.subarray(0, leave);
      if (typed.length > 0) guest?.write(typed);
      if (leave !== -1) return 'detached';
    }
  } finally {
    keyboard.setRawMode?.(false);
  }
}
