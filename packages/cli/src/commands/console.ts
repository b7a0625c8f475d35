import { isEnded } from '@vmrs/core';
import { GuestOutput } from '../io/guest-output.ts';
import { Interrupts } from '../io/interrupts.ts';
import { typeInto } from '../session/attach.ts';
import { endSentence } from '../session/end-sentence.ts';
import { followLog } from '../session/follow.ts';
import { namespaceOf } from '../session/global-options.ts';
import { openToLook } from '../session/open-manager.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

/** `vmrs console`. */
export const consoleCommand: CommandMaker = (cli) => {
  const made = command('console', "attach to a VM's console; Ctrl-] leaves it, and the VM runs on", [
    'vmrs console web',
  ]);
  made
    .argument('<vm>', 'name of the VM')
    .addHelpText(
      'after',
      '\nNo driver takes input for a console yet, so that it shows what the guest writes, and says so.',
    );
  made.action(async (name: string, _: unknown, self: typeof made) => {
    const options = optionsOf<object>(self);
    const { screen, stdin } = cli;
    using interrupts = new Interrupts();
    await using vms = await openToLook(cli, options);
    const namespace = namespaceOf(options);
    const { state } = await vms.inspect(name, { namespace });
    if (isEnded(state)) {
      screen.note(`${name} ${endSentence(state)}; see its console with vmrs logs ${name}`);
      return;
    }
    const over = new AbortController();
    const leave = (): void => over.abort();
    interrupts.handle(leave);
    // The contract of drivers has no way to write to a console yet; this is where one would go.
    const input = null;
    screen.note(
      `console of ${name}; its driver takes no input. ${stdin.isTTY ? 'Ctrl-] leaves it' : 'SIGINT leaves it'}`,
    );
    const output = new GuestOutput(screen, { raw: true });
    const write = (bytes: Uint8Array): Promise<void> => output.write(bytes);
    const typing = stdin.isTTY ? typeInto(stdin, input, over.signal).then(leave) : null;
    const end = await followLog(vms, { namespace, name }, 'console', { from: 0, write, signal: over.signal });
    leave();
    await typing;
    stdin.pause();
    const ended = end !== null && isEnded(end);
    screen.note(ended ? `\n${name} ${endSentence(end)}` : `\nleft the console; ${name} runs on`);
  });
  return made;
};
