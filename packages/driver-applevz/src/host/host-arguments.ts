import { parseArgs } from 'node:util';

/** What a host process is told to do by its arguments. */
export type HostArguments =
  | { readonly do: 'serve'; readonly socket: string; readonly vsock: string; readonly addon: string | null }
  | { readonly do: 'facts'; readonly addon: string | null };

/** How to call the program. */
export const HOST_USAGE: string =
  'usage: main.js --socket <path> --vsock <path> [--addon <path>], or: main.js --facts [--addon <path>]';

/** Reads the arguments. Throws `TypeError` for wrong ones. */
export function readHostArguments(args: readonly string[]): HostArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      socket: { type: 'string' },
      vsock: { type: 'string' },
      addon: { type: 'string' },
      facts: { type: 'boolean', default: false },
    },
  });
  const { socket, vsock, addon = null, facts } = values;
  if (facts) return { do: 'facts', addon };
  if (socket === undefined || vsock === undefined) throw new TypeError('--socket and --vsock are both needed');
  return { do: 'serve', socket, vsock, addon };
}
