/** `pnpm lint:licences`: fails when a dependency that users get is under a licence that is not on the list. */
import { ROOT } from '../root.ts';
import { run } from '../run.ts';
import { type LicenceList, licenceProblems } from './licence-problems.ts';

const { stdout } = await run('pnpm', ['--recursive', 'licenses', 'list', '--prod', '--json'], { cwd: ROOT });
const list: LicenceList = JSON.parse(stdout);
const count = Object.values(list).flat().length;
// An empty list would mean that nothing was looked at.
const problems = count === 0 ? ['pnpm lists no dependency'] : licenceProblems(list);
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`licences: ${count} dependencies looked at, no problem found`);
process.exitCode = problems.length === 0 ? 0 : 1;
