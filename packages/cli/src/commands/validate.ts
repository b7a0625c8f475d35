import { isVmError, type VmManager } from '@vmrs/core';
import { addVmFlags, type VmFlags } from '../config/vm-flags.ts';
import { type VmRequest, vmRequest } from '../config/vm-request.ts';
import { exitCodeOf } from '../errors/exit-codes.ts';
import type { ValidateView } from '../json/shapes.ts';
import { check } from '../session/checked-config.ts';
import type { Cli } from '../session/cli.ts';
import type { GlobalOptions } from '../session/global-options.ts';
import { interruptible } from '../session/interruptible.ts';
import { openForRequest, openToLook } from '../session/open-manager.ts';
import { withGuest } from '../session/start-vm.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

/** `vmrs validate`. */
export const validateCommand: CommandMaker = (cli) => {
  const made = command(
    'validate',
    'check a configuration against every rule, and list all problems with their places',
    ['vmrs validate vmrs.yaml', 'vmrs validate vmrs.yaml --json'],
  );
  made.argument('[file]', 'file of the VM, as -f');
  addVmFlags(made);
  made.action(async (path: string | undefined, _: unknown, self: typeof made) => {
    const options = optionsOf<VmFlags>(self);
    await interruptible(cli, async (interrupts, progress) => {
      const request = await vmRequest(path === undefined ? options : { ...options, file: path }, [], cli.cwd);
      await using vms = await openBest(cli, options, request);
      const checked = await check(vms, await withGuest(request, { vms, progress, signal: interrupts.signal }));
      progress.clear();
      const { problems, plan } = checked;
      const used = vms.probe.usable ? vms.driver.id : null;
      const view: ValidateView = { valid: plan !== null, driver: used, problems };
      cli.screen.result(view, () => {
        if (plan === null) return '';
        const whose = used === null ? "core's rules only: no driver can be used here" : `for driver '${used}'`;
        return `${request.file?.path ?? 'the flags'}: valid (${whose})`;
      });
      if (plan !== null) return;
      if (!cli.screen.json) throw checked.error;
      cli.exitCode = exitCodeOf(checked.error.code);
    });
  });
  return made;
};

/** With the driver that would boot it; where none can, without any. */
async function openBest(cli: Cli, options: GlobalOptions, request: VmRequest): Promise<VmManager> {
  try {
    return await openForRequest(cli, options, request);
  } catch (error) {
    if (!isVmError(error, 'NO_DRIVER')) throw error;
    return openToLook(cli, options);
  }
}
