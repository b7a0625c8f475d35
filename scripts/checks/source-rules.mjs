// @ts-check
/**
 * Rules about our sources that no linter of ours knows:
 *
 * - only packages/core/src/process signals other processes, because only there is their identity checked first;
 * - a folder's index.ts re-exports and does nothing else.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../lib/paths.mjs';

const SIGNALLING_FOLDER = 'packages/core/src/process/';
/** Plays the stranger who kills a VMM from outside, for the conformance suite. */
const OUTSIDER_FOLDER = 'packages/testkit/src/conformance/outside/';
const SOURCES = ['packages/*/src/**/*.ts', 'examples/**/*.ts'];

/** @type {string[]} */
const problems = [];
const files = globSync(SOURCES, { cwd: ROOT, exclude: (path) => /(^|\/)(node_modules|dist)$/.test(String(path)) });
for (const file of files.sort()) {
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const exempt = file.startsWith(SIGNALLING_FOLDER) || file.startsWith(OUTSIDER_FOLDER) || file.endsWith('.test.ts');
  if (!exempt) checkSignals(source);
  if (file.endsWith('/index.ts')) checkIndex(source);
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
} else {
  console.log(`source rules: ${files.length} files checked, no problem found`);
}

/** @param {ts.SourceFile} source */
function checkSignals(source) {
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (isProcessKill(node) || isKillImport(node)) {
      report(source, node, `only ${SIGNALLING_FOLDER} may signal a process, after checking its identity`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

/**
 * Any use of `process.kill` but a call that signals the calling process itself.
 * @param {ts.Node} node
 */
function isProcessKill(node) {
  const call = node.parent;
  // Without arguments it is the method of something of ours that is called `process`.
  if (call !== undefined && ts.isCallExpression(call) && call.arguments.length === 0) return false;
  if (call !== undefined && ts.isCallExpression(call) && call.arguments[0]?.getText() === 'process.pid') return false;
  return (
    ts.isPropertyAccessExpression(node) &&
    node.name.text === 'kill' &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'process'
  );
}

/** @param {ts.Node} node */
function isKillImport(node) {
  return (
    ts.isImportSpecifier(node) &&
    (node.propertyName ?? node.name).text === 'kill' &&
    /['"](node:)?process['"]/.test(node.parent.parent.parent.moduleSpecifier.getText())
  );
}

/** @param {ts.SourceFile} source */
function checkIndex(source) {
  for (const statement of source.statements) {
    const isReExport = ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined;
    const isEmptyExport =
      ts.isExportDeclaration(statement) &&
      statement.exportClause !== undefined &&
      ts.isNamedExports(statement.exportClause) &&
      statement.exportClause.elements.length === 0;
    if (!isReExport && !isEmptyExport) report(source, statement, "a folder's index.ts only re-exports");
  }
}

/** @param {ts.SourceFile} source @param {ts.Node} node @param {string} message */
function report(source, node, message) {
  const { line } = source.getLineAndCharacterOfPosition(node.getStart());
  problems.push(`${source.fileName}:${line + 1}: ${message}`);
}
