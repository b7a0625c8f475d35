import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { parseArguments, USAGE } from './arguments.ts';
import { type Ask, complete } from './complete.ts';
import { packageRoot } from './package-root.ts';
import { readTemplateVersions } from './template-versions.ts';
import { writePackage } from './write-package.ts';

/** What the program works in. */
export interface Surroundings {
  readonly cwd: string;
  /** What the user installs with: `npm`, `pnpm`, `yarn`, `bun`. */
  readonly packageManager: string;
  readonly say: (text: string) => void;
  readonly complain: (text: string) => void;
  /** Null where nobody can be asked. */
  readonly ask: Ask | null;
}

/** The program, without its process. Returns the exit code: 0, 1 when the package could not be written, 2 for a wrong command line, 130 when a question
 * was broken off. */
export async function run(args: readonly string[], around: Surroundings): Promise<0 | 1 | 2 | 130> {
  try {
    const given = parseArguments(args);
    if (given.help) around.say(USAGE);
    else if (given.version) around.say(`${await ownVersion()}\n`);
    else await create(given, around);
    return 0;
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') {
      around.complain('\n');
      return 130;
    }
    const isMisuse = error instanceof TypeError;
    around.complain(`create-vmrs-driver: ${error instanceof Error ? error.message : String(error)}\n`);
    if (isMisuse) around.complain('See: npm create vmrs-driver -- --help\n');
    return isMisuse ? 2 : 1;
  }
}

async function create(given: ReturnType<typeof parseArguments>, around: Surroundings): Promise<void> {
  const { cwd, packageManager, ask, say } = around;
  const wanted = await complete(given, given.yes ? null : ask, cwd);
  const files = await writePackage(wanted, await readTemplateVersions());
  const folder = relative(cwd, wanted.folder);
  const steps = [
    ...(folder === '' ? [] : [`cd ${folder}`]),
    `${packageManager} install`,
    `${packageManager} run build`,
    `${packageManager} test`,
  ];
  say(`${wanted.packageName}: ${files.length} files written to ${wanted.folder}\n\n`);
  say(`It passes the conformance suite on a stand-in for the hypervisor:\n\n`);
  say(`${steps.map((step) => `  ${step}\n`).join('')}\nThen its README.md tells where your hypervisor goes.\n`);
}

async function ownVersion(): Promise<string> {
  const { version }: { version: string } = JSON.parse(await readFile(new URL('package.json', packageRoot()), 'utf8'));
  return version;
}
