import { runHost } from './run-host.ts';

// The host program: one process for one VM, started by the driver; see `runHost`. Nobody else may touch what it makes.
process.umask(0o077);
process.exit(await runHost(process.argv.slice(2)));
