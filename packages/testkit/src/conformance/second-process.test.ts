import { expect, it } from 'vitest';
import { loadingOptions } from './second-process.ts';

it('hands on how modules are loaded, in both forms, and nothing else', () => {
  const args = ['--conditions=a', '--test', '-C', 'b', '--import', './x.mjs', '-e', 'code', '--inspect=0'];
  expect(loadingOptions(args)).toEqual(['--conditions=a', '-C', 'b', '--import', './x.mjs']);
});
