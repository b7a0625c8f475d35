import { type PrepareHostOptions, type PrepareSeams, prepareHost } from '../prepare-host/index.ts';
import { EXIT, type Terminal, table } from './terminal.ts';

/** `vmrs-applevz prepare`: makes the signed copy of node and tells each step. Throws what `prepareHost` throws. `more` and `seams` are for tests. */
export async function prepare(
  { node, json }: { readonly node: string | undefined; readonly json: boolean },
  { out, env }: Terminal,
  more: PrepareHostOptions = {},
  seams: PrepareSeams = {},
): Promise<number> {
  const addon = env['VMRS_APPLEVZ_ADDON'];
  const host = await prepareHost(
    {
      ...more,
      ...(node === undefined ? {} : { node }),
      ...(addon ? { addon } : {}),
      onStep: ({ name, detail, elapsedMs }) => {
        if (!json) out(`${name.padEnd(16)}${detail} (${elapsedMs} ms)\n`);
      },
    },
    { env, ...seams },
  );
  if (json) out(`${JSON.stringify(host, null, 2)}\n`);
  else out(`\n${table([['host', host.executable]])}`);
  return EXIT.fine;
}
