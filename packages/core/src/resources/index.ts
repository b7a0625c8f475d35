export type { Ledger } from './ledger.ts';
export { openLedger } from './ledger.ts';
export { releaseAll } from './release.ts';
export { createResourceScope } from './resource-scope.ts';
