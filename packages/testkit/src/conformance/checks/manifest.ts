import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { CAPABILITIES, CONTRACT_VERSION } from '@vmrs/core';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { nothingIn } from '../expectations.ts';
import { importReport } from '../second-process.ts';
import { SkippedError } from '../skipped-error.ts';
import { machineOf, type World } from '../world.ts';

/** What the driver says about itself, and what its package says about it. */
export const MANIFEST_CHECKS: readonly ConformanceCheck[] = checksOf('manifest', [
  {
    name: 'id and contract version equal those in the package manifest',
    async run({ subject }) {
      const { id, contract } = subject.createDriver();
      match(id, /^[a-z0-9][a-z0-9-]*$/, 'a driver id is lower-case letters, digits and "-"');
      ok(Number.isInteger(contract.major) && Number.isInteger(contract.minor), 'a contract version is two integers');
      if (subject.manifest === undefined) throw new SkippedError({ missing: 'the subject names no manifest' });
      const { vmrs }: { vmrs?: { driver?: Record<string, unknown> } } = JSON.parse(
        await readFile(subject.manifest, 'utf8'),
      );
      const manifest = vmrs?.driver ?? {};
      equal(manifest['id'], id, 'vmrs.driver.id in package.json is not the id of the driver');
      deepEqual(
        manifest['contract'],
        { major: contract.major, minor: contract.minor },
        'vmrs.driver.contract in package.json is not the contract of the driver',
      );
    },
  },
  {
    name: 'capabilities are complete booleans, frozen, and survive JSON',
    async run({ subject }) {
      const { capabilities, contract } = subject.createDriver();
      // A driver of an older minor does not know what came later; it counts as false.
      const expected = Object.keys(CAPABILITIES).filter(
        (name) => contract.minor === CONTRACT_VERSION.minor || name in capabilities,
      );
      deepEqual(Object.keys(capabilities).sort(), expected.sort(), 'capabilities are not those of the contract');
      for (const [name, value] of Object.entries(capabilities))
        equal(typeof value, 'boolean', `capability ${name} is no boolean`);
      ok(Object.isFrozen(capabilities), 'capabilities are not frozen');
      deepEqual(JSON.parse(JSON.stringify(capabilities)), { ...capabilities }, 'capabilities do not survive JSON');
    },
  },
  {
    name: 'capabilities are the same for each instance and for the life of the driver',
    async run(world) {
      const before = { ...world.subject.createDriver().capabilities };
      await using controller = await opened(world);
      const { driver } = controller;
      deepEqual({ ...driver.capabilities }, before, 'capabilities of a second instance differ');
      const vm = await world.boot(controller, 'never-ready');
      deepEqual({ ...driver.capabilities }, before, 'capabilities changed after a boot');
      notEqual(machineOf(controller, vm), undefined);
      await vm.kill();
      deepEqual({ ...driver.capabilities }, before, 'capabilities changed after the end of a VM');
    },
  },
  {
    name: 'importing the package does no work',
    async run(world) {
      const { module } = world.subject;
      if (module === undefined) throw new SkippedError({ missing: 'the subject names no module' });
      const report = await importReport(world, module);
      ok(report.exported.includes(module.create), `the module exports no '${module.create}'`);
      nothingIn(report.sideEffects, 'importing the module left something behind');
    },
  },
]);

/** A controller that is closed at the end of its block. */
async function opened(world: World): Promise<Awaited<ReturnType<World['open']>> & AsyncDisposable> {
  const controller = await world.open();
  return { ...controller, [Symbol.asyncDispose]: () => controller.manager.close() };
}
