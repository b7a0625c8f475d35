import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CAPABILITIES } from '@vmrs/core';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const guide = readFileSync(join(ROOT, 'docs/drivers/authoring.md'), 'utf8');
const conformance = readFileSync(join(ROOT, 'docs/drivers/conformance.md'), 'utf8');

/** The names of the members of an interface in a source file. */
function membersOf(path: string, name: string): readonly string[] {
  const source = ts.createSourceFile(path, readFileSync(join(ROOT, path), 'utf8'), ts.ScriptTarget.Latest, true);
  const found = source.statements.filter(ts.isInterfaceDeclaration).find((statement) => statement.name.text === name);
  return (found?.members ?? []).map((member) => member.name?.getText(source) ?? '');
}

describe('the guide for authors of drivers', () => {
  it('has a row for every capability', () => {
    for (const capability of Object.keys(CAPABILITIES)) expect(guide).toContain(`\n| \`${capability}\` |`);
  });

  it.each([
    ['packages/core/src/contract/driver.ts', 'VmDriver'],
    ['packages/core/src/contract/driver.ts', 'DriverContext'],
    ['packages/core/src/contract/machine.ts', 'Machine'],
    ['packages/core/src/contract/process.ts', 'ProcessHost'],
    ['packages/core/src/contract/resources.ts', 'ResourceScope'],
  ])('%s: names every member of %s', (path, name) => {
    const members = membersOf(path, name);
    expect(members.length).toBeGreaterThan(1);
    for (const member of members) expect(guide).toMatch(new RegExp(`[\`.]${member}\\b|\`${member}`));
  });
});

describe('the page about the conformance suite', () => {
  it('names every member of its subject', () => {
    const members = membersOf('packages/testkit/src/conformance/subject.ts', 'ConformanceSubject');
    expect(members.length).toBeGreaterThan(5);
    for (const member of members) expect(conformance).toMatch(new RegExp(`\`${member}[\`:(]`));
  });
});
