import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { untilFileSays } from './fixtures/until-file-says.ts';
import { useDouble, type WatchedMachine } from './fixtures/use-double.ts';

const double = useDouble();
let count = 0;

/** A started machine, and the file of its console. */
async function boot(cmdline: string): Promise<WatchedMachine & { readonly log: string }> {
  count += 1;
  const log = join(double.folder, `console-${count}`);
  const watched = double.make(double.spec({ serial: { kind: 'file', path: log } }, cmdline));
  await watched.machine.start();
  return { ...watched, log };
}

describe('a scripted guest', () => {
  it('says what a guest says that comes up', async () => {
    const { log } = await boot('console=hvc0');
    expect(await untilFileSays(log, 'VMRS_READY')).toMatch(/^Linux version .*\r\nVMRS_READY 10\.0\.2\.15\r\n$/);
  });

  it('never becomes ready when it is told so', async () => {
    const { log, machine } = await boot('vmrs.test=no-marker');
    await untilFileSays(log, 'Linux version');
    expect(await machine.state()).toBe('running');
  });

  it('powers itself off when it is told so', async () => {
    const { log, event, machine } = await boot('vmrs.test=power-off,no-marker');
    await event('guest-stopped');
    expect(await untilFileSays(log, 'enough')).not.toContain('VMRS_READY');
    expect(await machine.state()).toBe('stopped');
  });

  it('ignores the power button when it is told so', async () => {
    const { log, machine } = await boot('vmrs.test=ignore-power-button');
    await machine.requestStop();
    await untilFileSays(log, 'VMRS_READY');
    expect(await machine.state()).toBe('running');
  });

  it('is reset within the framework, which tells nobody', async () => {
    const { log, events, machine } = await boot('vmrs.test=reboot-once');
    const said = await untilFileSays(log, 'VMRS_READY 10.0.2.15\r\nLinux version');
    expect(said.match(/Linux version/g)).toHaveLength(2);
    expect(events).toEqual([]);
    expect(await machine.state()).toBe('running');
  });

  it('panics and hangs, unless panic= says that it is reset', async () => {
    const hangs = await boot('vmrs.test=panic');
    await untilFileSays(hangs.log, 'Kernel panic - not syncing: ');
    expect(await hangs.machine.state()).toBe('running');
    const resets = await boot('panic=-1 vmrs.test=panic');
    await untilFileSays(resets.log, 'crash\r\nLinux version');
    expect(resets.events).toEqual([]);
  });

  it('does nothing while it is paused', async () => {
    const { log, machine } = await boot('vmrs.test=late-marker');
    await machine.pause();
    const before = await untilFileSays(log, '');
    await machine.resume();
    await machine.pause();
    expect(await untilFileSays(log, '')).toBe(before);
  });

  it('gives back what is typed on its console', async () => {
    const [inputEnd, typed] = double.addon.pipe();
    const [shown, outputEnd] = double.addon.pipe();
    const serial = { kind: 'fds', input: inputEnd, output: outputEnd } as const;
    const { machine } = double.make(double.spec({ serial }, 'vmrs.test=no-marker'));
    await machine.start();
    const keyboard = createWriteStream('', { fd: typed });
    const screen = createReadStream('', { fd: shown });
    keyboard.write('hello\n');
    let seen = '';
    while (!seen.includes('hello\n')) seen += String((await once(screen, 'data'))[0]);
    await machine.stop();
    keyboard.destroy();
  });
});
