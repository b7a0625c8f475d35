import type { HostReport } from '../control/host-report.ts';
import { EXIT_CODES } from '../control/protocol.ts';
import { HOST_USAGE, type HostArguments, readHostArguments } from './host-arguments.ts';
import { runHostProgram } from './host-program.ts';
import { type OpenedAddon, openAddon } from './open-addon.ts';
import { say } from './say.ts';

/**
 * The host program: `--socket` and `--vsock` have it serve one machine, `--facts` has it print a {@link HostReport}; `--addon` names the addon's file. Resolves with the exit
 * code, one of {@link EXIT_CODES}; what there is to say about it is on stderr then.
 */
export async function runHost(args: readonly string[]): Promise<number> {
  let todo: HostArguments;
  try {
    todo = readHostArguments(args);
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}; ${HOST_USAGE}`);
    return EXIT_CODES.usage;
  }
  const opened = openAddon(todo.addon);
  if (todo.do === 'facts') return report(opened);
  if ('error' in opened) {
    say(opened.error.message);
    return EXIT_CODES.failure;
  }
  const { code, words } = await runHostProgram({ ...todo, addon: opened.addon, say });
  say(words);
  return code;
}

async function report(opened: OpenedAddon): Promise<number> {
  const content: HostReport =
    'addon' in opened ? { facts: opened.addon.hostFacts() } : { findings: opened.error.findings };
  await new Promise<void>((resolve) => process.stdout.write(`${JSON.stringify(content)}\n`, () => resolve()));
  return 'facts' in content ? EXIT_CODES.off : EXIT_CODES.failure;
}
