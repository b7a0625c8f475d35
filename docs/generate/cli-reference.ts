import { readFile } from 'node:fs/promises';
import { EXIT_CODES } from '../../packages/cli/src/errors/exit-codes.ts';
import { Screen } from '../../packages/cli/src/io/screen.ts';
import { makeProgram } from '../../packages/cli/src/program.ts';
import { JSON_SHAPES_SOURCE } from './sources.ts';

const COLUMNS = 110;

/** The help of every command of `vmrs`, as the program itself prints it. */
export function cliHelp(): string {
  const { stdin, stdout, stderr } = process;
  const screen = new Screen({ stdout, stderr });
  const program = makeProgram({ screen, stdin, cwd: '/', exitCode: 0, consoleShown: false }, '');
  const shown = program.commands.filter((command) => !command.name().startsWith('__'));
  const inner = shown.flatMap((command) => (command.commands.length > 0 ? command.commands : [command]));
  const parts = inner.map((command) => {
    const parent = command.parent === program ? '' : `${command.parent?.name()} `;
    return `### ${parent}${command.name()}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``;
  });
  const [overview = ''] = helpOf(program).split('\nExit codes:');
  return [`\`\`\`text\n${overview.trim()}\n\`\`\``, ...parts].join('\n\n');
}

/** The table of exit codes. */
export function exitCodeTable(): string {
  const rows = EXIT_CODES.map(({ code, name, meaning }) => `| ${code} | \`${name}\` | ${meaning} |`);
  return ['| code | name | when |', '|---|---|---|', ...rows].join('\n');
}

/** The shapes of what is printed under `--json`: the very types that the program is checked against. */
export async function jsonShapes(): Promise<string> {
  const source = await readFile(JSON_SHAPES_SOURCE, 'utf8');
  return `\`\`\`ts\n${source.trim()}\n\`\`\``;
}

function helpOf(command: ReturnType<typeof makeProgram>): string {
  let text = '';
  command.configureOutput({
    getOutHelpWidth: () => COLUMNS,
    getOutHasColors: () => false,
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text.trimEnd();
}
