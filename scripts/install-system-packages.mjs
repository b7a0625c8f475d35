// @ts-check
/** Installs the system packages that the demo and the tests need. `npm run demo` and `npm test` do it by themselves. */
import { runMain } from './lib/say.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

await runMain(async () => ((await ensureSystemPackages({ purpose: 'test', install: true })).length === 0 ? 0 : 1));
