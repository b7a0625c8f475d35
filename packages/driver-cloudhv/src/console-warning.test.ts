import { describe, expect, it } from 'vitest';
import { consoleWarning } from './console-warning.ts';

describe('consoleWarning', () => {
  it.each([
    [null, 'x64'],
    ['console=ttyS0', 'x64'],
    ['quiet console=ttyS0,115200n8 root=/dev/vda', 'x64'],
    ['console=tty0 console=ttyAMA0', 'arm64'],
  ])('has nothing against %j on %s', (cmdline, arch) => {
    expect(consoleWarning(cmdline, arch)).toBeNull();
  });

  it.each([
    ['', 'x64'],
    ['root=/dev/vda1', 'x64'],
    ['console=hvc0', 'x64'],
    ['console=ttyS0', 'arm64'],
    ['xconsole=ttyS0', 'x64'],
  ])('warns of %j on %s', (cmdline, arch) => {
    expect(consoleWarning(cmdline, arch)).toMatch(/has no console=tty/);
  });
});
