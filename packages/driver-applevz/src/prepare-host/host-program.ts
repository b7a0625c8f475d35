import { createRequire } from 'node:module';

/** Options of Node.js that decide how modules are found and loaded. A host process gets those of this one, and no others. */
const LOADING = ['-C', '--conditions', '--experimental-loader', '--import', '--loader', '--require', '-r'];

/** The arguments with which a Node.js becomes a host process; the host's own follow. */
export function hostProgram(execArgv: readonly string[] = process.execArgv): readonly string[] {
  return [...loadingOptions(execArgv), createRequire(import.meta.url).resolve('#host')];
}

/** The loading options among `args`, with their values. */
export function loadingOptions(args: readonly string[]): readonly string[] {
  return args.filter((arg, index) => {
    const [name = ''] = arg.split('=', 1);
    const previous = args[index - 1];
    return LOADING.includes(name) || (previous !== undefined && LOADING.includes(previous));
  });
}
