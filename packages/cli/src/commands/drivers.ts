import { CAPABILITIES, type Capability, surveyDrivers } from '@vmrs/core';
import { UsageError } from '../errors/usage-error.ts';
import type { Screen } from '../io/screen.ts';
import { listing, table } from '../io/table.ts';
import type { DriversView, DriverView } from '../json/shapes.ts';
import { driverViews, factsLine } from '../json/views.ts';
import { applicationFolder } from '../session/application.ts';
import type { Cli } from '../session/cli.ts';
import type { GlobalOptions } from '../session/global-options.ts';
import { wantedDriver } from '../session/wanted-driver.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

/** `vmrs drivers`. */
export const driversCommand: CommandMaker = (cli) => {
  const made = command('drivers', 'list the drivers that were found, or show what one of them can do', [
    'vmrs drivers',
    'vmrs drivers qemu',
  ]);
  made.argument('[driver]', 'id of one driver');
  made.action(async (id: string | undefined, _: unknown, self: typeof made) => {
    const view = await lookAtDrivers(cli, optionsOf<object>(self));
    if (id === undefined) {
      cli.screen.result(view, () => list(cli.screen, view));
      return;
    }
    const found = view.drivers.find((driver) => driver.id === id);
    const known = view.drivers.map((driver) => driver.id).join(', ') || 'none';
    if (found === undefined)
      throw new UsageError(`there is no driver '${id}' among the dependencies of ${view.from}; found: ${known}`);
    cli.screen.result(found, () => one(cli.screen, found));
  });
  return made;
};

/** Every driver of the application, asked about this host. */
export async function lookAtDrivers(cli: Cli, options: GlobalOptions): Promise<DriversView> {
  const from = await applicationFolder(options.from, cli.cwd);
  return { from, drivers: driverViews(await surveyDrivers({ from }), wantedDriver(options)) };
}

function list(screen: Screen, { from, drivers }: DriversView): string {
  if (drivers.length === 0) {
    screen.note(`no driver is among the dependencies of ${from}; install one, such as: npm install @vmrs/driver-qemu`);
    return '';
  }
  const rows = drivers.map(({ id, package: name, contract, chosen, usable, reason, facts }) => [
    chosen ? `${id} *` : id,
    name ?? '-',
    contract ?? '-',
    usable ? screen.tone('good', 'usable') : screen.tone('bad', 'unusable'),
    reason ?? factsLine(facts),
  ]);
  return table(['DRIVER', 'PACKAGE', 'CONTRACT', 'HERE', 'WHY'], rows);
}

function one(screen: Screen, driver: DriverView): string {
  const { capabilities } = driver;
  const head = listing([
    ['driver', driver.id],
    ['package', driver.package ?? '-'],
    ['contract', driver.contract ?? '-'],
    ['platforms', driver.platforms.join(', ') || 'all'],
    ['usable', driver.usable ? 'yes' : `no: ${driver.reason ?? ''}`],
    ...(driver.fix === null ? [] : [['fix', driver.fix] as const]),
    ['found', factsLine(driver.facts)],
  ]);
  if (capabilities === null) return head;
  const rows = (Object.keys(CAPABILITIES) as Capability[]).map((name) => [
    name,
    capabilities[name] ? screen.tone('good', 'yes') : screen.tone('dim', 'no'),
    CAPABILITIES[name],
  ]);
  return `${head}\n\n${table(['CAPABILITY', '', 'WHAT'], rows)}`;
}
