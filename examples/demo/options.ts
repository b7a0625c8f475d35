import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface DemoOptions {
  readonly json: boolean;
  readonly help: boolean;
}

/** The text of `--help`. */
export const USAGE = `npm run demo -- [options]

Boots a real Linux guest, shows its states, pauses and resumes it, stops it, and proves that nothing is left behind.

  --json        one JSON object per event
  --no-install  install no system packages; say what is missing instead
  --help        this text

VMRS_DRIVER names the driver to use, NO_COLOR turns colours off.`;

/** Reads the command line. Throws a `TypeError` that says what is wrong with it. */
export function readOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      // Handled before this program starts.
      'no-install': { type: 'boolean', default: false },
    },
  });
  return { json: values.json, help: values.help };
}
