import { exitCodeOf } from '../errors/exit-codes.ts';
import { harmless } from '../io/guest-text.ts';
import type { Screen } from '../io/screen.ts';
import type { CheckView, DoctorView } from '../json/shapes.ts';
import { factsLine } from '../json/views.ts';
import { checkHost } from '../session/check-host.ts';
import { openToLook } from '../session/open-manager.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';
import { lookAtDrivers } from './drivers.ts';

/** `vmrs doctor`. */
export const doctorCommand: CommandMaker = (cli) => {
  const made = command(
    'doctor',
    'say whether VMs can be booted here; for each driver that cannot be used why, and what to do',
    ['vmrs doctor', 'vmrs doctor --json'],
  );
  made.action(async (_: unknown, self: typeof made) => {
    const options = optionsOf<object>(self);
    const view = await lookAtDrivers(cli, options);
    await using vms = await openToLook(cli, options);
    const { stateDir, runtimeDir } = vms;
    const checks = await checkHost(stateDir, runtimeDir, await vms.list());
    const ok = view.drivers.some(({ chosen }) => chosen) && checks.every((check) => check.ok);
    const versions = { node: process.version, platform: `${process.platform}-${process.arch}` };
    const report: DoctorView = { ok, versions, ...view, stateDir, runtimeDir, checks };
    cli.screen.result(report, () => text(cli.screen, report));
    if (ok) return;
    cli.exitCode = exitCodeOf(view.drivers.some(({ chosen }) => chosen) ? 'PREFLIGHT_FAILED' : 'NO_DRIVER');
  });
  return made;
};

function text(screen: Screen, { ok, versions, from, drivers, checks }: DoctorView): string {
  const lines = [`Node.js ${versions.node} on ${versions.platform}; drivers of ${from}`];
  for (const { id, chosen, usable, reason, fix, facts, problems } of drivers) {
    const found = factsLine(facts);
    lines.push(
      `${mark(screen, usable)} driver ${id}${chosen ? ' (boots VMs here)' : ''}: ${usable ? found || 'usable' : oneLine(reason ?? 'unusable')}`,
    );
    if (fix !== null) lines.push(screen.tone('dim', `    fix: ${fix}`));
    for (const problem of problems) {
      lines.push(`    ${screen.tone('warning', '!')} ${oneLine(problem.message)}`);
      if (problem.fix !== undefined) lines.push(screen.tone('dim', `      fix: ${problem.fix}`));
    }
  }
  if (drivers.length === 0) {
    lines.push(`${mark(screen, false)} no driver is among the dependencies of this application`);
    lines.push(screen.tone('dim', '    fix: npm install @vmrs/driver-qemu'));
  }
  for (const check of checks) lines.push(...checkLines(screen, check));
  lines.push(
    ok
      ? screen.tone('good', 'VMs can be booted here: vmrs run --guest --name web')
      : screen.tone('bad', 'VMs cannot be booted here yet'),
  );
  return lines.join('\n');
}

/** Drivers quote what their hypervisors say. */
function oneLine(text: string): string {
  return harmless(text.replaceAll(/\s*\n\s*/g, ' '));
}

function checkLines(screen: Screen, { what, ok, message, fix }: CheckView): readonly string[] {
  return [`${mark(screen, ok)} ${what}: ${message}`, ...(fix === null ? [] : [screen.tone('dim', `    fix: ${fix}`)])];
}

function mark(screen: Screen, ok: boolean): string {
  return ok ? screen.tone('good', '✔') : screen.tone('bad', '✘');
}
