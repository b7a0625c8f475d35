// @ts-check
/**
 * Rules about our sources that no linter of ours knows:
 *
 * - only packages/core/src/process signals other processes, because only there is their identity checked first;
 * - core writes to the file system through packages/core/src/util/file-system.ts only, so that tests can make any write fail;
 *   but for packages/core/src/process, whose files are written by other processes;
 * - what is published disposes of and syncs file handles of openFile() only, because those that Yarn Plug'n'Play gives out by `open` can do neither;
 * - a folder's index.ts re-exports and does nothing else.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../lib/paths.mjs';

const SIGNALLING_FOLDER = 'packages/core/src/process/';
/** Plays the stranger who kills a VMM from outside, for the conformance suite. */
const OUTSIDER_FOLDER = 'packages/testkit/src/conformance/outside/';
const CORE = 'packages/core/src/';
const WRITING_FILE = `${CORE}util/file-system.ts`;
/** Opens files for others; who may call it to write is checked. */
const OPENING_FILE = `${CORE}util/open-file.ts`;
/** What core may use of node:fs and node:fs/promises everywhere: what only looks. `open` is checked for its flags. */
const READERS = new Set([
  ...['access', 'constants', 'fstat', 'lstat', 'open', 'readFile', 'readdir', 'readlink', 'realpath', 'stat', 'watch'],
  ...['closeSync', 'fstatSync', 'openSync', 'readSync', 'statSync'],
]);
const SOURCES = ['packages/*/src/**/*.ts', 'native/*/src/**/*.ts', 'examples/**/*.ts'];

/** @type {string[]} */
const problems = [];
const files = globSync(SOURCES, { cwd: ROOT, exclude: (path) => /(^|\/)(node_modules|dist)$/.test(String(path)) });
for (const file of files.sort()) {
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const exempt = file.startsWith(SIGNALLING_FOLDER) || file.startsWith(OUTSIDER_FOLDER) || file.endsWith('.test.ts');
  if (!exempt) checkSignals(source);
  if (mustNotWrite(file)) checkWrites(source);
  if (file.startsWith('packages/') && !file.endsWith('.test.ts') && file !== OPENING_FILE) checkHandles(source);
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

/** @param {string} file */
function mustNotWrite(file) {
  if (!file.startsWith(CORE) || file === WRITING_FILE || file === OPENING_FILE || file.startsWith(SIGNALLING_FOLDER))
    return false;
  return !file.endsWith('.test.ts') && !file.includes('/fixtures/');
}

/** @param {ts.SourceFile} source */
function checkWrites(source) {
  const advice = `only ${WRITING_FILE} may write; take a FileSystem`;
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node) && isFsModule(node.moduleSpecifier)) checkFsImport(source, node, advice);
    else if (ts.isCallExpression(node)) {
      const [first] = node.arguments;
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword && first !== undefined && isFsModule(first)) {
        report(source, node, `import of the whole of ${first.getText()}; ${advice}`);
      }
      if (/(^|\.)open(Sync|File)?$/.test(node.expression.getText()) && !opensForReading(node)) {
        report(source, node, `${node.expression.getText()} for other than reading; ${advice}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

/** @param {ts.SourceFile} source @param {ts.ImportDeclaration} node @param {string} advice */
function checkFsImport(source, { importClause }, advice) {
  if (importClause === undefined || importClause.isTypeOnly) return;
  const { name, namedBindings } = importClause;
  if (name !== undefined) report(source, name, `import of the whole of node:fs; ${advice}`);
  if (namedBindings === undefined) return;
  if (!ts.isNamedImports(namedBindings))
    return report(source, namedBindings, `import of the whole of node:fs; ${advice}`);
  for (const element of namedBindings.elements) {
    const imported = (element.propertyName ?? element.name).text;
    if (!element.isTypeOnly && !READERS.has(imported)) report(source, element, `'${imported}' of node:fs; ${advice}`);
  }
}

/** @param {ts.Node} specifier */
function isFsModule(specifier) {
  return /^['"](node:)?fs(\/promises)?['"]$/.test(specifier.getText());
}

/** Whether a call of `open` says that it opens for reading; `VmManager.open()` and the like take no flags. @param {ts.CallExpression} call */
function opensForReading(call) {
  if (ts.isPropertyAccessExpression(call.expression)) return true;
  const flags = call.arguments[1]?.getText() ?? "'r'";
  return /^'r'$|\bO_RDONLY\b/.test(flags) && !/O_(CREAT|TRUNC|APPEND|WRONLY|RDWR)/.test(flags);
}

/**
 * `open` of node:fs/promises in a file that disposes of something or syncs it.
 * @param {ts.SourceFile} source
 */
function checkHandles(source) {
  if (!/\bawait using\b|\.(data)?sync\(\)/.test(source.text)) return;
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node) && isFsModule(node.moduleSpecifier)) {
      const bindings = node.importClause?.namedBindings;
      if (bindings === undefined || !ts.isNamedImports(bindings)) return;
      const open = bindings.elements.find((element) => (element.propertyName ?? element.name).text === 'open');
      if (open !== undefined) report(source, open, 'open its files with openFile() of @vmrs/core/driver');
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
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
