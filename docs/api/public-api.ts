import { relative } from 'node:path';
import ts from 'typescript';

/**
 * The declarations that an entry exports, without their comments and bodies, sorted by name: what users of it compile against. `root` is the folder that the paths in it are
 * relative to.
 */
export function publicApi(entry: string, options: ts.CompilerOptions, root: string): string {
  const program = ts.createProgram([entry], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${relative(root, entry)} exports nothing`);
  const declarations = new DeclarationFiles();
  return checker
    .getExportsOfModule(module)
    .map((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const texts = (target.declarations ?? []).map((declaration) => declarations.textOf(declaration, target.name));
      const name = symbol.name === target.name ? '' : `// as ${symbol.name}\n`;
      return { name: symbol.name, text: `${name}${[...new Set(texts)].join('\n')}` };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ text }) => text)
    .join('\n\n');
}

/** The declaration file of each source, made once. */
class DeclarationFiles {
  readonly #files = new Map<string, ts.SourceFile>();

  /** The statements in the declaration file of `declaration` that declare `name`. */
  textOf(declaration: ts.Declaration, name: string): string {
    const file = this.#of(declaration.getSourceFile());
    const statements = file.statements.filter((statement) => declaresName(statement, name));
    return statements.map((statement) => statement.getText(file)).join('\n');
  }

  #of({ fileName, text }: ts.SourceFile): ts.SourceFile {
    const known = this.#files.get(fileName);
    if (known !== undefined) return known;
    const compilerOptions = { removeComments: true, target: ts.ScriptTarget.ES2024, isolatedDeclarations: true };
    const { outputText } = ts.transpileDeclaration(text, { fileName, compilerOptions });
    const made = ts.createSourceFile(`${fileName}.d.ts`, outputText, ts.ScriptTarget.ES2024, true);
    this.#files.set(fileName, made);
    return made;
  }
}

function declaresName(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.some((declaration) => declaration.name.getText() === name);
  }
  const isNamed =
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isFunctionDeclaration(statement);
  return isNamed && statement.name?.text === name;
}
