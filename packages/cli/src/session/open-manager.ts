import { resolve } from 'node:path';
import { createLogger, type ManagerOptions, VmManager } from '@vmrs/core';
import type { VmRequest } from '../config/vm-request.ts';
import { applicationFolder } from './application.ts';
import type { Cli } from './cli.ts';
import type { GlobalOptions } from './global-options.ts';

/** The options of a manager that the global options stand for, without its driver. */
export async function managerOptions(cli: Cli, options: GlobalOptions): Promise<ManagerOptions> {
  const { stateDir, runtimeDir, logLevel: level } = options;
  return {
    from: await applicationFolder(options.from, cli.cwd),
    ...(stateDir === undefined ? {} : { stateDir: resolve(cli.cwd, stateDir) }),
    ...(runtimeDir === undefined ? {} : { runtimeDir: resolve(cli.cwd, runtimeDir) }),
    ...(level === undefined ? {} : { logger: await createLogger({ level }) }),
  };
}

/** A manager that boots VMs with the driver that was asked for, or the best one. */
export async function openToBoot(cli: Cli, options: GlobalOptions, more: ManagerOptions = {}): Promise<VmManager> {
  const driver = options.driver === undefined ? {} : { driver: options.driver };
  return VmManager.open({ ...(await managerOptions(cli, options)), ...driver, ...more });
}

/** A manager that boots what was asked for, with the driver that flags or file name. */
export async function openForRequest(
  cli: Cli,
  options: GlobalOptions,
  { extras }: VmRequest,
  more: ManagerOptions = {},
): Promise<VmManager> {
  const { driver = extras.driver } = options;
  return openToBoot(cli, { ...options, ...(driver === undefined ? {} : { driver }) }, more);
}

/** A manager for VMs that there are already; it asks no driver, and so opens at once, also where no new VM could be booted. */
export async function openToLook(cli: Cli, options: GlobalOptions, more: ManagerOptions = {}): Promise<VmManager> {
  return VmManager.open({ ...(await managerOptions(cli, options)), driver: null, ...more });
}
