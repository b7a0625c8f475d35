export { releaseDirectory } from './kinds/directory.ts';
export { makeTap } from './kinds/make-tap.ts';
export { partialSnapshotName } from './kinds/partial-snapshot.ts';
export type { Ledger, LedgerEntry } from './ledger.ts';
export { openLedger, readLedger } from './ledger.ts';
export { releaseAll } from './release.ts';
export { createResourceScope } from './resource-scope.ts';
export { describeResource } from './resource-shape.ts';
