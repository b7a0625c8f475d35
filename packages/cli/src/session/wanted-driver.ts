import type { GlobalOptions } from './global-options.ts';

/** The id of the driver that was asked for, by option or `$VMRS_DRIVER`, as core has it; undefined for any. */
export function wantedDriver({ driver }: GlobalOptions, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return driver ?? (env['VMRS_DRIVER'] || undefined);
}
