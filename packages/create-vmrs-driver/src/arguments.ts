import { parseArgs } from 'node:util';

/** What was asked for on the command line; what was not given is undefined. */
export interface Arguments {
  readonly folder: string | undefined;
  readonly id: string | undefined;
  readonly packageName: string | undefined;
  readonly platforms: readonly string[] | undefined;
  /** Ask nothing: the defaults hold for what was not given. */
  readonly yes: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

/** The help text. */
export const USAGE: string = `Usage: npm create vmrs-driver [folder] -- [options]

Writes a package for a driver of @vmrs that builds and passes the conformance suite at once, on a stand-in for the hypervisor.

  folder                 where it goes; must be empty or not exist
  --id <id>              the driver's id (default: from the folder's name)
  --name <name>          name of the npm package (default: vmrs-driver-<id>)
  --platforms <list>     what the driver can serve, such as linux-x64,darwin-arm64 (default: linux-x64,linux-arm64); all: everywhere
  -y, --yes              ask nothing
  -h, --help             this text
  -v, --version          the version

In a terminal it asks for what was not given; elsewhere it takes the defaults, and the folder is required.
`;

/** Reads the command line. Throws a `TypeError` for what it does not know. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      id: { type: 'string' },
      name: { type: 'string' },
      platforms: { type: 'string' },
      yes: { type: 'boolean', short: 'y', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', short: 'v', default: false },
    },
  });
  const [folder, ...more] = positionals;
  if (more.length > 0) throw new TypeError(`one folder, not ${positionals.length}: ${positionals.join(', ')}`);
  return {
    folder,
    id: values.id,
    packageName: values.name,
    platforms: values.platforms === undefined ? undefined : parsePlatforms(values.platforms),
    yes: values.yes,
    help: values.help,
    version: values.version,
  };
}

/** `linux-x64, darwin-arm64` as a list; `all` as the empty one. */
export function parsePlatforms(text: string): readonly string[] {
  if (text.trim() === 'all') return [];
  return text
    .split(/[\s,]+/)
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
