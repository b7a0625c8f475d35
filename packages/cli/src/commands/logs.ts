import { createReadStream } from 'node:fs';
import { isEnded, type VmDetails } from '@vmrs/core';
import { Option } from 'commander';
import { parseWhole } from '../config/parse-flags.ts';
import { GuestOutput } from '../io/guest-output.ts';
import { GuestLines } from '../io/guest-text.ts';
import { Interrupts } from '../io/interrupts.ts';
import type { Cli } from '../session/cli.ts';
import { followLog, type LogKind } from '../session/follow.ts';
import { namespaceOf } from '../session/global-options.ts';
import { openToLook } from '../session/open-manager.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

interface Flags {
  readonly follow?: boolean;
  readonly vmm?: boolean;
  readonly all?: boolean;
  readonly tail?: number;
  readonly raw?: boolean;
}

/** `vmrs logs`. */
export const logsCommand: CommandMaker = (cli) => {
  const made = command('logs', "show a VM's console since its latest boot, or the log of its VMM", [
    'vmrs logs web',
    'vmrs logs -f --tail 20 web',
    'vmrs logs --all web',
  ]);
  made
    .argument('<vm>', 'name of the VM')
    .option('-f, --follow', 'go on until the VM has ended')
    .addOption(new Option('--vmm', "the VMM's own log instead").conflicts('all'))
    .option('--all', 'both, each line with where it is from')
    .option('--tail <lines>', 'begin with the last lines only', parseWhole)
    .option('--raw', 'escape sequences of the guest also on a terminal');
  made.action(async (name: string, _: unknown, self: typeof made) => {
    const options = optionsOf<Flags>(self);
    await using vms = await openToLook(cli, options);
    const namespace = namespaceOf(options);
    const details = await vms.inspect(name, { namespace });
    const kinds: readonly LogKind[] =
      options.all === true ? ['console', 'vmm'] : options.vmm === true ? ['vmm'] : ['console'];
    using interrupts = new Interrupts();
    const { signal } = interrupts;
    await Promise.all(
      kinds.map(async (kind) => {
        const output = outputOf(cli, kind, options);
        const from = await showPresent(details, kind, output, options.tail);
        if (options.follow === true && !isEnded(details.state)) {
          await followLog(vms, { namespace, name }, kind, { from, write: (bytes) => output.write(bytes), signal });
        }
        await output.end();
      }),
    );
  });
  return made;
};

function outputOf({ screen }: Cli, kind: LogKind, { all = false, raw = false }: Flags): GuestOutput {
  return new GuestOutput(screen, { raw, ...(all ? { prefix: screen.tone('dim', `${kind.padEnd(7)} | `) } : {}) });
}

/** Writes what is in a log now, or its last lines. Returns where that ends, in bytes from where the log of this boot begins. */
async function showPresent(
  { files }: VmDetails,
  kind: LogKind,
  output: GuestOutput,
  tail: number | undefined,
): Promise<number> {
  const [path, start] = kind === 'console' ? [files.serialLog, files.serialFrom] : [files.vmmLog, 0];
  const lines = new GuestLines();
  let last: readonly string[] = [];
  let read = 0;
  try {
    for await (const bytes of createReadStream(path, { start }) as AsyncIterable<Uint8Array>) {
      read += bytes.length;
      if (tail === undefined) await output.write(bytes);
      else last = lastOf(tail, [...last, ...lines.push(bytes)]);
    }
  } catch (error) {
    // A VMM that has said nothing yet, or whose log is gone with it.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  if (tail !== undefined) {
    const rest = lines.flush();
    const shown = lastOf(tail, [...last, ...rest]);
    const text = shown.join('\n') + (rest.length > 0 || shown.length === 0 ? '' : '\n');
    await output.write(Buffer.from(text));
  }
  return read;
}

function lastOf(count: number, lines: readonly string[]): readonly string[] {
  return count === 0 ? [] : lines.slice(-count);
}
