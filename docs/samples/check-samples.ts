import { dirname, join } from 'node:path';
import ts from 'typescript';
import type { Sample } from './samples-of.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Where the samples would lie if they were files; from here they see what the docs depend on. */
const FOLDER = join(ROOT, 'docs', 'samples', 'virtual');

/** What does not compile, as `page:line: message`; empty when all is well. One program for all of them. */
export function checkSamples(samples: readonly Sample[]): readonly string[] {
  const files = new Map<string, string>();
  const byFile = new Map<string, Sample>();
  for (const [index, sample] of samples.entries()) {
    const file = join(FOLDER, String(index), 'test', 'sample.ts');
    // What is given comes last, so that the lines of the code are those of the file; as a module it may await.
    files.set(file, `${sample.code}\n${sample.given}\nexport {};\n`);
    byFile.set(file, sample);
    for (const [path, content] of Object.entries(sample.files)) files.set(join(dirname(file), path), content);
  }
  const options = compilerOptions();
  const program = ts.createProgram([...byFile.keys()], options, hostWith(files, options));
  return [...byFile].flatMap(([file, sample]) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start, messageText }) => {
      const line = source === undefined ? 0 : source.getLineAndCharacterOfPosition(start ?? 0).line;
      return `${sample.page}:${sample.line + line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}

function compilerOptions(): ts.CompilerOptions {
  const file = join(ROOT, 'tsconfig.base.json');
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(file, ts.sys.readFile).config, ts.sys, ROOT);
  // Samples show what matters; that a constant is used further on is for the reader to imagine.
  return {
    ...options,
    noUnusedLocals: false,
    noUnusedParameters: false,
    isolatedDeclarations: false,
    declaration: false,
  };
}

function hostWith(files: ReadonlyMap<string, string>, options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, directoryExists } = host;
  const folders = new Set([...files.keys()].flatMap(foldersAbove));
  return {
    ...host,
    fileExists: (file) => files.has(file) || fileExists(file),
    readFile: (file) => files.get(file) ?? readFile(file),
    directoryExists: (folder) => folders.has(folder) || (directoryExists?.(folder) ?? true),
    getSourceFile: (file, languageOrOptions) => {
      const text = files.get(file);
      if (text !== undefined) return ts.createSourceFile(file, text, languageOrOptions);
      return host.getSourceFile(file, languageOrOptions);
    },
  };
}

function foldersAbove(file: string): readonly string[] {
  const folder = dirname(file);
  return folder.startsWith(FOLDER) ? [folder, ...foldersAbove(folder)] : [];
}
