import { writeFileSync } from 'node:fs';
import type { TestCase, TestModule } from 'vitest/node';
import { type ConformanceResult, RESULTS_VARIABLE } from './conformance-result.ts';

const SUBJECT = /^conformance of driver '(.*?)' > (.*?) > (.*)$/;

interface Found {
  readonly passed: string[];
  readonly failed: string[];
  readonly skipped: { check: string; reason: string }[];
}

/** A reporter of vitest's that writes what the conformance suite found, by driver. */
export default class ConformanceReporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const subjects = new Map<string, Found>();
    for (const module of modules) for (const test of module.children.allTests()) add(test, subjects);
    const results: ConformanceResult[] = [...subjects].map(([subject, found]) => ({ subject, ...found }));
    const file = process.env[RESULTS_VARIABLE];
    if (file !== undefined) writeFileSync(file, JSON.stringify(results));
  }
}

function add(test: TestCase, subjects: Map<string, Found>): void {
  const [, subject, area, name] = SUBJECT.exec(test.fullName) ?? [];
  if (subject === undefined) return;
  const found = subjects.get(subject) ?? { passed: [], failed: [], skipped: [] };
  subjects.set(subject, found);
  const check = `${area}: ${name}`;
  const result = test.result();
  if (result.state === 'passed') found.passed.push(check);
  else if (result.state === 'skipped') found.skipped.push({ check, reason: result.note ?? '' });
  else found.failed.push(check);
}
