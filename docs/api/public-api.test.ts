import { join } from 'node:path';
import { CONTRACT_VERSION, formatContract } from '@vmrs/core/driver';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { publicApi } from './public-api.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CORE = join(ROOT, 'packages', 'core');

function options(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, CORE).options;
}

/** Names and shapes only: what is written about them is free. */
function apiOf(entry: string): string {
  return `${publicApi(join(CORE, 'src', entry), options(), ROOT)}\n`;
}

// A difference is a decision. What is only added is a minor, of the contract too; what is changed or gone is a major. `vitest -u` writes it down.
describe('the declarations of', { timeout: 120_000 }, () => {
  it('@vmrs/core are as they were', async () => {
    await expect(apiOf('index.ts')).toMatchFileSnapshot('./golden/core.d.ts.txt');
  });

  it('@vmrs/core/driver are as they were in this version of the contract', async () => {
    const version = formatContract(CONTRACT_VERSION);
    await expect(apiOf('driver.ts')).toMatchFileSnapshot(`./golden/driver-${version}.d.ts.txt`);
  });
});
