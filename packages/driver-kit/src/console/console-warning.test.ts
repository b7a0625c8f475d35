import { describe, expect, it } from 'vitest';
import { consoleWarning } from './console-warning.ts';

describe('consoleWarning', () => {
  it.each([
    [null, 'ttyS0'],
    ['console=ttyS0', 'ttyS0'],
    ['quiet console=ttyS0,115200n8 root=/dev/vda', 'ttyS0'],
    ['console=tty0 console=ttyAMA0', 'ttyAMA0'],
  ])('has nothing against %j with %s', (cmdline, console) => {
    expect(consoleWarning(cmdline, console)).toBeNull();
  });

  it.each([
    ['', 'ttyS0'],
    ['root=/dev/vda1', 'ttyS0'],
    ['console=hvc0', 'ttyS0'],
    ['console=ttyS0', 'ttyAMA0'],
    ['xconsole=ttyS0', 'ttyS0'],
  ])('warns of %j with %s', (cmdline, console) => {
    expect(consoleWarning(cmdline, console)).toContain(`has no console=${console}`);
  });
});
