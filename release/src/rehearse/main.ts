/**
 * `pnpm release:rehearse`: rehearses the release that is due, without publishing anything anywhere and without touching this checkout
 * (but for the Node.js releases that are kept in `.toolchain/`). Exit code 0 when it may go out, else 1.
 *
 * `--strict` fails also when a step is skipped. `--quick` leaves out the programs of the guide, which take half of the time. `--keep` keeps the folder with the copy, the registry and the projects, and says where it is.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../root.ts';
import { rehearse } from './rehearse.ts';
import { Report } from './report.ts';

const folder = await realpath(await mkdtemp(join(tmpdir(), 'vmrs-rehearsal-')));
const report = new Report((text) => console.log(text));
try {
  await rehearse(ROOT, folder, report, { quick: process.argv.includes('--quick') });
} finally {
  if (process.argv.includes('--keep')) console.log(`kept: ${folder}`);
  else await rm(folder, { recursive: true, force: true });
}
console.log(`\n=== release rehearsal ===\n${report.summary()}`);
const strict = process.argv.includes('--strict');
process.exitCode = report.ok && !(strict && report.skipped) ? 0 : 1;
