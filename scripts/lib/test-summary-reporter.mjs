// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A vitest reporter that writes what scripts/test.mjs adds up, to the file named by VMRS_TEST_SUMMARY. Unlike vitest's
 * own JSON it holds the reasons of skips, and errors outside of tests.
 *
 * @typedef {object} TestSummary
 * @property {number} passed
 * @property {number} failed tests that failed, files that could not be loaded, and errors outside of tests
 * @property {{ name: string, reason: string }[]} skipped `reason` is empty when the test gave none beyond its name
 */
export default class TestSummaryReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    /** @type {TestSummary} */
    const summary = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      summary.failed += module.errors().length;
      for (const suite of module.children.allSuites()) summary.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') summary.passed += 1;
        else if (result.state === 'skipped') {
          const name = `${module.project.name}: ${module.relativeModuleId} > ${test.fullName}`;
          summary.skipped.push({ name, reason: result.note ?? '' });
        } else summary.failed += 1;
      }
    }
    const file = process.env.VMRS_TEST_SUMMARY;
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(summary));
  }
}
