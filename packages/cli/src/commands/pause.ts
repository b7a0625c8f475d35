import type { Vm } from '@vmrs/core';
import { endView } from '../json/views.ts';
import { withVm } from '../session/with-vm.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

/** `vmrs pause`. */
export const pauseCommand: CommandMaker = simple('pause', "suspend a VM's CPUs", 'is paused', (vm) => vm.pause());

/** `vmrs resume`. */
export const resumeCommand: CommandMaker = simple('resume', 'let a paused VM go on', 'goes on', (vm) => vm.resume());

function simple(name: string, summary: string, done: string, work: (vm: Vm) => Promise<void>): CommandMaker {
  return (cli) => {
    const made = command(name, summary, [`vmrs ${name} web`]).argument('<vm>', 'name of the VM');
    made.action(async (vmName: string, _: unknown, self: typeof made) => {
      await withVm(cli, optionsOf<object>(self), vmName, async (vm) => {
        await work(vm);
        cli.screen.result(endView(vm), () => `${vmName} ${done}`);
      });
    });
    return made;
  };
}
