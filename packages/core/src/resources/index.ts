export type { Ledger, LedgerEntry } from './ledger.ts';
export { openLedger } from './ledger.ts';
export type { ReleaseOptions } from './release.ts';
export { releaseAll, releaseEntry } from './release.ts';
export type { ReleaseGuard } from './release-guard.ts';
export { createResourceScope } from './resource-scope.ts';
