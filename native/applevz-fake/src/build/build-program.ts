import { bringObjFw, findObjFw } from '../objfw/objfw.ts';
import { UNAVAILABLE_EXIT } from './build-fake-addon.ts';
import { carryOut } from './carry-out.ts';
import { findCompiler } from './compiler.ts';
import { makePlan, type PlanOptions } from './plan.ts';
import { FakeAddonUnavailableError } from './unavailable-error.ts';

/** What {@link import('./build-fake-addon.ts').buildFakeAddon} runs under a lock: builds by the options of its argument, and writes the path of the addon to stdout. */
async function main(options: PlanOptions): Promise<void> {
  const compiler = await findCompiler();
  if ((await findObjFw()) === null) await bringObjFw();
  const objFw = await findObjFw();
  if (objFw === null) throw new TypeError('ObjFW has just been unpacked');
  const plan = await makePlan(compiler, objFw, options);
  await carryOut(plan, compiler);
  process.stdout.write(`${plan.addon}\n`);
}

try {
  await main(JSON.parse(process.argv[2] ?? '{}') as PlanOptions);
} catch (error) {
  if (error instanceof FakeAddonUnavailableError) {
    process.stdout.write(JSON.stringify({ reason: error.reason, message: error.message }));
    process.exitCode = UNAVAILABLE_EXIT;
  } else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
